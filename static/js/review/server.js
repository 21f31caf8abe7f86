// Asking the server. Errors carry the server's own sentence where it sent one.

import { decode } from "./waveform_data.js";

export async function fetchJson(url) {
  const response = await reach(url, { headers: { Accept: "application/json" } });
  if (!response.ok || !isJson(response)) throw new Error(await sentence(response));
  return response.json();
}

export async function fetchWaveform(url) {
  const response = await reach(url, { headers: { Accept: "application/vnd.repick.waveform, application/json" } });
  if (!response.ok || response.redirected) throw new Error(await sentence(response));
  return decode(await response.arrayBuffer());
}

/** Rejects only where there is no answer at all. */
export async function postJson(url, body, { keepalive = false } = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify(body),
    keepalive,
  });
  const json = isJson(response);
  return { status: response.status, isJson: json, body: json ? await response.json() : null };
}

async function reach(url, options) {
  try {
    return await fetch(url, options);
  } catch {
    throw new Error("The server can't be reached.");
  }
}

function isJson(response) {
  return (response.headers.get("Content-Type") ?? "").startsWith("application/json");
}

async function sentence(response) {
  if (response.redirected || response.status === 401) return "You are signed out. Sign in again in another tab.";
  if (isJson(response)) return (await response.json()).message ?? `The server answered ${response.status}.`;
  return `The server answered ${response.status}.`;
}

/** Read at each use: signing in again in another tab gives a new one. */
function csrfToken() {
  const cookie = document.cookie.split("; ").find((one) => one.startsWith("csrftoken="));
  return cookie ? decodeURIComponent(cookie.slice("csrftoken=".length)) : document.querySelector("meta[name=csrf-token]")?.content ?? "";
}
