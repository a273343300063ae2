/**
 * The same bytes in memory of their own, for what is held for long. A small Buffer is a piece of a pool that Node shares
 * among many (`Buffer.poolSize`, 64 kB), and keeps all of it: held by the thousand, each kept thirty times its size.
 */
export function inOwnMemory(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength === bytes.length) return bytes
  const own = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(own)
  return own
}
