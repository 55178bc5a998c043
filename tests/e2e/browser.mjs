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

/** What Chromium leaves. It heeds the last of these lists alone, so that Playwright's own stands here, too: it is in
 * chromiumSwitches.ts. The last three are its address bar's: a page of some hundred scripts that it loads anew for each
 * context, which takes as long as ours. */
const LEFT_OUT = [
  "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable",
  "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect",
  "TcpPortRandomizationWin", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch",
  "WebUIOmniboxPopup", "WebUIOmniboxFullPopup", "WebUIOmniboxAimPopup",
];

/** Starts a headless browser; CHROMIUM names another than the first one on PATH. */
export const launch = () =>
  chromium.launch({
    executablePath: chromiumPath(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", `--disable-features=${LEFT_OUT.join(",")}`],
  });
