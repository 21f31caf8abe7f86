// Files out of a drop or a file input, with their path below what was dropped.

const HIDDEN = /(^|\/)(\.|__MACOSX\/|Thumbs\.db$|desktop\.ini$)/;

/** Files of an <input type=file>, folder or not. */
export function filesOfInput(input) {
  return kept([...input.files].map((file) => ({ name: file.webkitRelativePath || file.name, size: file.size, file })));
}

/** Files and whole folders of a drop. Must be called while the drop event is handled: the browser forgets the entries after it. */
export async function filesOfDrop(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return kept([...transfer.files].map((file) => ({ name: file.name, size: file.size, file })));
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return kept(found);
}

// What a computer's desktop adds by itself is no data.
const kept = (files) => files.filter(({ name }) => !HIDDEN.test(name));

async function walk(entry, found) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push({ name: entry.fullPath.replace(/^\//, ""), size: file.size, file });
    return;
  }
  const reader = entry.createReader();
  // A reader hands out a folder in batches, and an empty one at the end.
  for (;;) {
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!batch.length) return;
    for (const child of batch) await walk(child, found);
  }
}
