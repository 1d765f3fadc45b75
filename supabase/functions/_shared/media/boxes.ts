/** The boxes that an MP4 or MOV file consists of (ISO/IEC 14496-12, 4.2). */

/** Size and type, and the size in 64 bits where the first one does not suffice. */
const HEADER_BYTES = 16;
/** A file in fragments can have hundreds; one that is whole has its frames among the first. */
const MAX_BOXES = 12;

/**
 * Whether the box with the frames (`mdat`) claims to go on beyond the file's end. False for whatever is
 * no such file. Bytes behind the last box are no harm.
 */
export async function isCutOff(
  read: (start: number, end: number) => Promise<Uint8Array<ArrayBuffer>>,
  size_bytes: number,
): Promise<boolean> {
  let at = 0;
  for (let boxes = 0; boxes < MAX_BOXES && at + HEADER_BYTES <= size_bytes; boxes++) {
    const header = await read(at, at + HEADER_BYTES);
    const view = new DataView(header.buffer, header.byteOffset);
    const type = new TextDecoder("latin1").decode(header.subarray(4, 8));
    const size = view.getUint32(0);
    const box_bytes = size === 1 ? Number(view.getBigUint64(8)) : size;
    if (type === "mdat" && at + box_bytes > size_bytes) return true;
    // 0: up to the file's end. Less than a header is no box.
    if (box_bytes < 8) return false;
    at += box_bytes;
  }
  return false;
}
