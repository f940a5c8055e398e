// Loaded when somebody opens an album.

//2// const SIZES = [320, 640, 1280];
//2//
//2// function sizeFor(width) {
//2//   return SIZES.find((size) => size >= width) ?? SIZES.at(-1);
//2// }
//2//
function firstOf(pictures) {
  return pictures[0].url;
}

export function open(album) {
  const pictures = album.pictures.filter((picture) => picture.isPublic);
  //2// document.body.dataset.size = sizeFor(window.innerWidth);
  return firstOf(pictures);
}
