// Every screen in every size and theme: nothing is cut, overlaps or is too small to be hit, axe has no complaint, and a
// picture is taken into the folder that SHOTS names (`make screenshots`). The list is screens.mjs.
import { assert, DESKTOP, PHONE, scene, settled, shot } from "./fixtures.mjs";
import { illegible, small, unpainted, widen } from "./legible.mjs";
import { SCREENS } from "./screens.mjs";

const PROJECTOR = { width: 1280, height: 720 };
const LAPTOP = { width: 1366, height: 768 };
const TABLET = { width: 1024, height: 768 };

/** Only the screens that are named are looked at. */
const only = process.env.SCREENS?.split(",");

/** Another theme, as its button sets it. */
const theme = (page, name, view) =>
  page.evaluate(([to, on]) => {
    document.documentElement.dataset.theme = to;
    if (on) document.documentElement.dataset.view = on;
    else delete document.documentElement.dataset.view;
  }, [name, view]);

/** What a phone shows: one tab after another. */
async function* tabs(page, alone) {
  if (alone) return yield "";
  const all = page.locator(".phone-tabs button");
  for (let index = 0; index < (await all.count()); index++) {
    await all.nth(index).click();
    yield await all.nth(index).innerText();
  }
}

for (const { name, example, go, alone = false } of SCREENS.filter((one) => !only || only.includes(one.name))) {
  scene(`screen: ${name}`, example === undefined ? {} : { example }, async ({ page, app, a11y }) => {
    await go?.({ page, app });
    await settled(page);
    const troubles = (await unpainted(page)).map((one) => `filled with black: ${one}`);
    for (const [to, view, viewport] of /** @type {const} */ ([["light", "", DESKTOP], ["dark", "", DESKTOP], ["light", "projector", PROJECTOR], ["dark", "projector", PROJECTOR]])) {
      await theme(page, to, view);
      await page.setViewportSize(viewport);
      await settled(page);
      await shot(page, [name, view, to].filter(Boolean).join("-"));
      await a11y().catch((error) => troubles.push(`${to} ${view}: ${error.message}`));
    }
    const check = async (where, least, view) => {
      await widen(page, true);
      for (const to of ["light", "dark"]) {
        await theme(page, to, view);
        await settled(page);
        troubles.push(...(await illegible(page)).map((one) => `${where} ${to}: ${one}`));
      }
      await widen(page, false);
      troubles.push(...(await small(page, least)).map((one) => `${where}: too small: ${one}`));
    };
    for (const [viewport, view] of /** @type {const} */ ([[DESKTOP, ""], [LAPTOP, ""], [PROJECTOR, ""], [PROJECTOR, "projector"], [TABLET, ""]])) {
      await page.setViewportSize(viewport);
      await check(`${viewport.width}×${viewport.height} ${view}`, 24, view);
    }
    await page.setViewportSize(PHONE);
    await theme(page, "light", "");
    if (alone) {
      // A menu stands where there was room when it opened.
      await app.press("Escape");
      await go?.({ page, app });
    }
    for await (const tab of tabs(page, alone)) {
      await shot(page, [name, "phone", tab].filter(Boolean).join("-"));
      await check(`phone ${tab}`, 44, "");
      await theme(page, "light", "");
    }
    const told = [...new Set(troubles)];
    assert.ok(told.length === 0, `${told.length} troubles:\n${told.join("\n")}`);
  });
}
