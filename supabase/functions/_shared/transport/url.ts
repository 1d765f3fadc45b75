import { TransportError } from "./transport_error.ts";

/** Reads an address without ever repeating it in an error: it may carry a secret. */
export function parseUrl(input: string | URL): URL {
  const url = URL.parse(String(input));
  if (url === null) throw refused("The address is not a URL");
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw refused("Only http and https addresses can be asked");
  }
  if (url.username !== "" || url.password !== "") {
    throw refused("An address with user info is not asked");
  }
  return url;
}

function refused(message: string): TransportError {
  return new TransportError("refused", { sent: false, message });
}
