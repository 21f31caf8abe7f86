// How far the review has come, as the page counts it until the server's own figures come with the next answer.

/** progress: as the server sends it, before a decision of a kind on the item. */
export function progressAfter(progress, item, kind) {
  if (item.state !== "open") return progress;
  const isSkip = kind === "skip";
  const counts = isSkip ? 0 : 1;
  return {
    ...progress,
    n_left: Math.max(0, progress.n_left - 1),
    n_skipped: progress.n_skipped + (isSkip ? 1 : 0),
    errors_left: Math.max(0, progress.errors_left - counts * (item.p ?? 0)),
    decided_today: progress.decided_today + counts,
    decided_today_by_all: progress.decided_today_by_all + counts,
  };
}
