// Why a fetch got no answer. A browser tells no more than "Failed to fetch"; what can be found out by
// asking once more is found out, so that the error names what has to be changed.

/** In words, with the browser's own at the end. */
export async function whyNoAnswer(url: string, error: unknown): Promise<string> {
  const { host, href, origin, protocol } = new URL(url);
  const here = self.location;
  const said = error instanceof Error ? error.message : String(error);
  if (here.protocol === "https:" && protocol === "http:") {
    return `an https page may fetch nothing from ${origin}: serve the file by https (${said})`;
  }
  const { isAnswered, isForbidden } = await probe(href);
  if (isForbidden) {
    return `the content security policy forbids to ask ${host}: add it to connect-src (${said})`;
  }
  if (origin === here.origin || !isAnswered) return `no answer from ${host}: ${said}`;
  return (
    `${host} answers, but does not let pages of ${here.origin} read it (CORS): ` +
    `it has to send Access-Control-Allow-Origin (${said})`
  );
}

/** Whether there is an answer that this page may not read, and whether the page's own policy forbids to ask. */
async function probe(url: string): Promise<{ isAnswered: boolean; isForbidden: boolean }> {
  const controller = new AbortController();
  let isAnswered = false;
  let isForbidden = false;
  const onViolation = (event: Event): void => {
    const { blockedURI, effectiveDirective } = event as SecurityPolicyViolationEvent;
    isForbidden ||= effectiveDirective === "connect-src" && url.startsWith(blockedURI);
  };
  self.addEventListener("securitypolicyviolation", onViolation);
  try {
    await fetch(url, { mode: "no-cors", cache: "no-store", signal: controller.signal });
    isAnswered = true;
  } catch {
    // The event comes behind the failure.
    await new Promise((resolve) => setTimeout(resolve));
  } finally {
    self.removeEventListener("securitypolicyviolation", onViolation);
    // Of the body nothing is wanted.
    controller.abort();
  }
  return { isAnswered, isForbidden };
}
