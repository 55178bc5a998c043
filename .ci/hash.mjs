// The one way in which the build says what is in a file.
import { createHash } from "node:crypto";

/** The beginning of the SHA-256, as names of files have it and static/worker.js compares it. @param {string | Buffer} bytes */
export const hash = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 16);
