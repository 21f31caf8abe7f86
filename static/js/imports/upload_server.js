// The server's side of an upload, as `send_file.js` asks for it.
import { RefusedByServer, Unreachable } from "./send_file.js";

const LOGGED_OUT = "Your session has ended. Log in again in another tab, then send the file again.";
const TRY_AGAIN = [429, 502, 503, 504];

/** urls: {file, chunk}. csrf: the token. sent(item, bytes): how much of the body under way has gone. */
export function uploadServer(urls, csrf, sent) {
  // XMLHttpRequest, since fetch does not tell how much of a body has gone.
  function request(method, url, headers, body, onProgress) {
    return new Promise((resolve, reject) => {
      const call = new XMLHttpRequest();
      call.open(method, url);
      for (const [name, value] of Object.entries({ "X-CSRFToken": csrf, Accept: "application/json", ...headers })) {
        call.setRequestHeader(name, value);
      }
      call.responseType = "json";
      if (onProgress) call.upload.onprogress = (event) => onProgress(event.loaded);
      call.onload = () => {
        if (TRY_AGAIN.includes(call.status)) reject(new Unreachable());
        else if (call.status >= 400) reject(new RefusedByServer(call.status, call.response));
        else if (!call.response) reject(new Error(LOGGED_OUT)); // the login page instead
        else resolve(call.response);
      };
      call.onerror = () => reject(new Unreachable());
      call.send(body);
    });
  }

  const post = (item, url, headers, body, before) =>
    request(
      "POST",
      url,
      { "Content-Type": "application/octet-stream", "X-File-Name": encodeURIComponent(item.name), ...headers },
      body,
      (loaded) => sent(item, before + loaded),
    );

  return {
    whole: (item) => post(item, urls.file, {}, item.file, 0),
    received: (item) => request("GET", `${urls.chunk}?${new URLSearchParams({ name: item.name, size_bytes: item.size })}`, {}, null),
    chunk: (item, { offset, bytes, crc32 }) =>
      post(item, urls.chunk, { "X-File-Size": item.size, "X-Chunk-Offset": offset, "X-Chunk-CRC32": crc32 }, bytes, offset),
  };
}
