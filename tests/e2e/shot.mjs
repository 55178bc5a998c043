// Looks at the built page:
//   node tests/e2e/shot.mjs out.png [--width 1440] [--height 900] [--theme dark] [--hash '#x'] [--path x.html]
//     [--press 'r,Space'] [--eval 'js'] [--wait ms] [--scale 2] [--full]
import { parseArgs } from "node:util";
import { launch } from "./browser.mjs";
import { serve } from "./server.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    width: { type: "string", default: "1440" },
    height: { type: "string", default: "900" },
    theme: { type: "string", default: "light" },
    hash: { type: "string", default: "" },
    path: { type: "string", default: "" },
    press: { type: "string", default: "" },
    eval: { type: "string", default: "" },
    wait: { type: "string", default: "300" },
    scale: { type: "string", default: "1" },
    full: { type: "boolean", default: false },
  },
});
if (positionals.length !== 1) throw new Error("usage: node tests/e2e/shot.mjs out.png [options]: see the top of the file");

const server = await serve();
const browser = await launch();
try {
  const page = await browser.newPage({
    viewport: { width: Number(values.width), height: Number(values.height) },
    deviceScaleFactor: Number(values.scale),
    colorScheme: /** @type {"light" | "dark"} */ (values.theme),
  });
  page.on("console", (message) => console.log(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => console.log(`thrown: ${error.stack}`));
  await page.goto(server.url + values.path + values.hash);
  await page.waitForTimeout(Number(values.wait));
  for (const key of values.press.split(",").filter(Boolean)) await page.keyboard.press(key);
  if (values.eval) {
    const value = await page.evaluate(values.eval);
    if (value !== undefined) console.log(JSON.stringify(value, null, 1));
  }
  if (values.press || values.eval) await page.waitForTimeout(Number(values.wait));
  await page.screenshot({ path: positionals[0], fullPage: values.full });
} finally {
  await browser.close();
  await server.close();
}
