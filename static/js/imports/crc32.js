// CRC-32 as in zip and PNG. WebCrypto has none, and is missing altogether on pages that come by plain HTTP.

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** Checksum of bytes (Uint8Array) that follow those with the checksum `before`. */
export function crc32(bytes, before = 0) {
  let value = ~before;
  for (let i = 0; i < bytes.length; i += 1) value = (value >>> 8) ^ TABLE[(value ^ bytes[i]) & 0xff];
  return ~value >>> 0;
}

/** As the server writes it: eight hexadecimal digits. */
export const asHex = (value) => value.toString(16).padStart(8, "0");
