// One client for all services behind the page.

export class ApiError extends Error {
  constructor(call, status) {
    super(`${call} answered ${status}`);
    this.name = 'ApiError';
  }
}

//2// export function isServerFault(status) {
//2//   return status >= 500;
//2// }
//2//
export async function call(path, status) {
  await null;
  //2// if (isServerFault(status)) performance.mark(path);
  throw new ApiError(path, status);
}
