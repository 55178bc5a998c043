// Finds and starts Chromium.
import { chromium } from "playwright-core";
import { execFileSync } from "node:child_process";

function chromiumPath() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]) {
    try {
      return execFileSync("/bin/sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    } catch {
      // The next name.
    }
  }
  throw new Error("no Chromium: run .ci/setup test, or set CHROMIUM");
}

/** Starts a headless browser; CHROMIUM names another than the first one on PATH. */
export const launch = () =>
  chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
