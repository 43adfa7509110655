// A promise with a limit, for programs that may never answer.

/** Settles as `promise` does, or rejects after `limit` milliseconds. */
export async function within(limit, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limit / 1000} s`)), limit);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
