// UTC at a place on a trace, and the trace's channels by name. No DOM in here.

const MICROSECONDS_IN_DAY = 86_400e6;

/** `06:15:06.17` at `offsetS` seconds after the trace's first sample; "" where the catalog has no absolute times. digits: of a second, six at most. */
export function utcWords(trace, offsetS, digits) {
  const begin = /T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?/.exec(trace.start_time ?? "");
  if (trace.is_relative || begin === null) return "";
  const [hour, minute, second] = begin.slice(1, 4).map(Number);
  const beginUs = (hour * 3600 + minute * 60 + second) * 1e6 + Number((begin[4] ?? "").padEnd(6, "0"));
  const unitUs = 10 ** (6 - digits);
  const us = Math.round((beginUs + offsetS * 1e6) / unitUs) * unitUs;
  const inDay = ((us % MICROSECONDS_IN_DAY) + MICROSECONDS_IN_DAY) % MICROSECONDS_IN_DAY;
  const [wholeS, restUs] = [Math.floor(inDay / 1e6), inDay % 1e6];
  const two = (value) => String(value).padStart(2, "0");
  const clock = [Math.floor(wholeS / 3600), Math.floor(wholeS / 60) % 60, wholeS % 60].map(two).join(":");
  return digits === 0 ? clock : `${clock}.${String(restUs).padStart(6, "0").slice(0, digits)}`;
}

/** `--.EHZ`, `00.HHZ`: location and channel code; the channel alone where the catalog has no location. */
export function channelWords(trace, channel) {
  const location = (trace.seed ?? "").split(".")[2] ?? "";
  return location ? `${location}.${channel}` : channel;
}
