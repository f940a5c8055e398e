// One client for all other services of the shop: every answer that is none ends here.

export class ApiError extends Error {
  name = 'ApiError';

  constructor(call, status) {
    super(`${call} answered ${status}`);
    this.status = status;
  }
}

//2// const SLOW_MS = 500;
//2//
//2// export function isSlow(ms) {
//2//   return ms > SLOW_MS;
//2// }
//2//
export async function api(call, status) {
  await null;
  if (status >= 400) throw new ApiError(call, status);
  return {};
}
