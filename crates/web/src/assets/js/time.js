// Moments in the reader's zone, on hover. Without it the title says the same in UTC.
const digits = (number) => String(number).padStart(2, '0');

document.addEventListener('pointerover', ({ target }) => {
  const time = target.closest?.('time[datetime][title]');
  if (!time || time.dataset.local) return;
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) return;
  const offset = -at.getTimezoneOffset();
  if (offset !== 0) {
    const day = [at.getFullYear(), at.getMonth() + 1, at.getDate()].map(digits).join('-');
    const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(digits).join(':');
    const zone = `UTC${offset < 0 ? '−' : '+'}${Math.floor(Math.abs(offset) / 60)}:${digits(Math.abs(offset) % 60)}`;
    time.title = `${day} ${clock} ${zone} (${time.title})`;
  }
  time.dataset.local = 'yes';
});
