// A model's address without what changes from one visit to the next: the signature of a storage service.
//
// A signed address names the same file each time and is another text each time; kept by that
// text, a copy would be stored a visit, and the signature with it.

/** Query parameters of AWS, Google Cloud, CloudFront and Azure that sign, in lower case. */
const SIGNING: readonly RegExp[] = [
  /^x-(amz|goog|oss|cos|tos|obs)-/,
  /^(awsaccesskeyid|googleaccessid|ossaccesskeyid|key-pair-id|policy|signature|expires)$/,
  /^(sv|ss|srt|sp|se|st|spr|sig|sip|sr|skoid|sktid|skt|ske|sks|skv|saoid|suoid|scid)$/,
  /^(hdnts|hdnea|verify|__token__)$/,
];

/** What alone tells that an address is signed: the others may mean anything. */
const SIGNATURES =
  /^(x-(amz|goog|oss|cos|tos|obs)-signature|signature|sig|hdnts|hdnea|verify|__token__)$/;

/** The address by which a file is known: without fragment, and without the parameters of a signature. */
export function addressOf(url: string): string {
  const address = new URL(url);
  address.hash = "";
  const names = [...address.searchParams.keys()];
  if (!names.some((name) => SIGNATURES.test(name.toLowerCase()))) return address.href;
  for (const name of names) {
    if (SIGNING.some((sign) => sign.test(name.toLowerCase()))) address.searchParams.delete(name);
  }
  return address.href;
}
