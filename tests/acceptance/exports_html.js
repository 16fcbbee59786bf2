// Clicks through pages that norn export --to html has made (exports_html.sh makes them).
//   node exports_html.js CHROMIUM FOLDER [SCREENSHOTS]
"use strict";
const fs = require("fs");
const path = require("path");
const { chromium } = require("playwright-core");

const [executablePath, folder, screenshots] = process.argv.slice(2);
const expected = JSON.parse(fs.readFileSync(path.join(folder, "expected.json"), "utf8"));
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];
let failures = 0;
let checks = 0;
let blocked = 0;  // by a page's content security policy

function check(what, holds, seen = "") {
  checks++;
  if (holds) return;
  failures++;
  console.log(`FAILED ${what}${seen === "" ? "" : `: ${JSON.stringify(seen)}`}`);
}
function same(what, seen, wanted) {
  check(`${what} is ${JSON.stringify(wanted)}`, JSON.stringify(seen) === JSON.stringify(wanted), seen);
}

// Opens a page of the folder in a browser of its own that has never seen anything, without a network.
async function withPage(name, options, act) {
  const profile = fs.mkdtempSync(path.join(folder, "profile-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath, headless: true, args: FLAGS, offline: true,
    viewport: { width: 1280, height: 720 }, colorScheme: "light", ...options.context,
  });
  try {
    const page = context.pages()[0];
    page.on("console", (message) => {
      if (options.blocks && message.text().includes("Content Security Policy")) blocked++;
      else if (["error", "warning"].includes(message.type())) check(`${name}: a quiet console`, false, message.text());
    });
    page.on("pageerror", (error) => check(`${name}: no exception`, false, error.stack));
    page.on("dialog", async (dialog) => {
      check(`${name}: no dialog`, false, dialog.message());
      await dialog.dismiss();
    });
    page.on("request", (request) => check(`${name}: no request`, request.url().startsWith("file:"), request.url()));
    await page.goto(`file://${path.join(folder, `${name}.html`)}`);
    await settled(page);
    await act(page);
  } finally {
    await context.close();
  }
}

const settled = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))));

async function picture(page, name) {
  if (!screenshots) return;
  await settled(page);
  fs.mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: path.join(screenshots, `${name}.png`) });
}

const view = (page) => page.evaluate(() => ({ begin: nornPage.view.begin, span: nornPage.view.span }));
const selected = (page) => page.evaluate(() => nornPage.selected);
const text = (page, where) => page.locator(where).innerText();

// A place of the diagram that no other event lies on: where a message is, half of its way.
async function placeOfMessage(page, wanted) {
  return page.evaluate((kind) => {
    const { diagram, trace } = nornPage;
    const box = document.getElementById("diagram").getBoundingClientRect();
    for (const { message, path } of diagram.drawn) {
      const isLost = path.loss !== "";
      if ((kind === "lost") !== isLost || message.end < 0 || trace.textOf(message.send) === "") continue;
      const x = (diagram.x(path.t0) * 0.4 + diagram.x(path.t1) * 0.6);
      const y = path.y0 * 0.4 + path.y1 * 0.6;
      if (x < diagram.left || x > diagram.right || diagram.eventAt(x, y) !== message.end) continue;
      return { x: box.left + x, y: box.top + y, end: message.end, name: trace.textOf(message.send) };
    }
    return null;
  }, wanted);
}

async function theStory(page) {
  same("the number of events", await page.evaluate(() => nornPage.trace.count), expected.events);
  same("the number of lanes", await page.evaluate(() => nornPage.trace.lanes.length), 7);
  check("the verdict stands at the top", (await text(page, "#verdict")) === "violation");
  check("nothing is missing, so nothing is said", await page.locator("#notice").isHidden());
  await picture(page, "1-overview");

  // The violation, and closer.
  await page.click("#violation");
  check("the violation is told", (await text(page, "#event-title")).startsWith("violation: leader completeness"), await text(page, "#event-title"));
  const whole = await view(page);
  const box = await page.locator("#diagram").boundingBox();
  const at = { x: box.x + box.width * 0.8, y: box.y + box.height / 2 };
  const under = () => page.evaluate((x) => nornPage.diagram.timeAt(x), at.x - box.x);
  await page.mouse.move(at.x, at.y);
  const before = await under();
  for (let i = 0; i < 5; i++) await page.mouse.wheel(0, -100);
  await settled(page);
  const near = await view(page);
  check("the wheel zooms in", near.span < whole.span * 0.4, near);
  check("what is under the cursor stays there", Math.abs((await under()) - before) < near.span * 0.01);
  await page.mouse.down();
  await page.mouse.move(at.x - 200, at.y, { steps: 5 });
  await page.mouse.up();
  await settled(page);
  check("dragging moves", (await view(page)).begin > near.begin + near.span * 0.1, await view(page));
  check("dragging selects nothing", (await text(page, "#event-title")).startsWith("violation"));
  await page.keyboard.press("v");
  await page.keyboard.press("f");
  await settled(page);
  await picture(page, "2-violation");
}

async function messagesAndCauses(page) {
  await page.keyboard.press("Escape");
  await settled(page);
  const place = await placeOfMessage(page, "delivered");
  await page.mouse.click(place.x, place.y);
  await settled(page);
  same("the message that was clicked on", await selected(page), place.end);
  check("its class is told", (await text(page, "#event-title")).includes(`receive ${place.name} from n`), await text(page, "#event-title"));
  const payload = await text(page, "#payload");
  check("its payload is decoded", payload.startsWith("{") && /"term": \d+/.test(payload), payload);
  check("its latency is told", /latency\s+[\d.]+ ms/.test(await text(page, "#event")));
  check("the node's state is told", /says/i.test(await text(page, "#event")) && /role/.test(await text(page, "#event")));
  const causes = await page.locator("#chain .row").count();
  check("its causes are listed", causes >= 2, causes);
  await picture(page, "3-message");
  await page.locator("#chain .row").first().click();
  same("the cause of a delivery", await page.evaluate(() => nornPage.words.title(nornPage.selected)), `send ${place.name} to ${await page.evaluate((i) => nornPage.trace.nodes[nornPage.trace.node[i]], place.end)}`);
  const first = await selected(page);
  await page.keyboard.press("]");
  check("] goes to an effect", (await selected(page)) > first);
  await page.keyboard.press("[");
  same("[ goes back to the cause", await selected(page), first);

  // The past: every cause of something in it is in it; what comes later is not.
  const past = await page.evaluate(() => {
    const { trace } = nornPage;
    const { mark, event } = nornPage.activePast();
    let closed = true;
    for (let i = 0; i < trace.count; i++) if (mark[i] && trace.cause[i] >= 0 && !mark[trace.cause[i]]) closed = false;
    return { closed, later: mark.subarray(event + 1).some((each) => each === 1), size: mark.reduce((x, y) => x + y, 0) };
  });
  check("the past has the causes of all in it, and nothing later", past.closed && !past.later && past.size > 100, past);
  await page.click("#past");
  check("the past need not be shown", (await page.getAttribute("#past", "aria-pressed")) === "false" && await page.evaluate(() => nornPage.activePast() === null));
  await page.click("#past");

  await page.evaluate(() => {
    nornPage.select(-1);
    nornPage.view.show(nornPage.trace.faults[0].begin >= 0 ? nornPage.trace.time[nornPage.trace.faults[0].begin] : 0, nornPage.trace.time[nornPage.trace.faults[0].begin] + 5e8);
  });
  await settled(page);
  const lost = await placeOfMessage(page, "lost");
  await page.mouse.click(lost.x, lost.y);
  check("a lost message says why", /lost: (partition|dead peer|loss)/.test(await text(page, "#event-title")), await text(page, "#event-title"));
  check("and what it carried", (await text(page, "#payload")).startsWith("{"));
}

async function faultsAndSearch(page) {
  await page.click("#tab-faults");
  same("the faults listed", await page.locator("#fault-list .row").count(), expected.faults);
  await page.locator("#fault-list .row").nth(3).click();
  same("the fault that was clicked on", await selected(page), await page.evaluate(() => nornPage.trace.faults[3].begin));
  await page.keyboard.press(".");
  same(". goes to the next fault", await selected(page), await page.evaluate(() => nornPage.trace.faults[4].begin));
  await page.keyboard.press(",");
  same(", goes to the one before", await selected(page), await page.evaluate(() => nornPage.trace.faults[3].begin));
  await picture(page, "4-faults");

  await page.keyboard.press("/");
  await page.keyboard.type("drop");
  await page.waitForFunction(() => document.getElementById("found").textContent !== "");
  const found = await text(page, "#found");
  check("the search finds what is there", found.startsWith(expected.drops.toLocaleString("en-US") + " found"), found);
  await page.keyboard.type(" RequestVote");
  await page.keyboard.press("Enter");
  check("words are all asked for", /RequestVote from .* lost/.test(await page.evaluate(() => nornPage.words.title(nornPage.selected))));
  await picture(page, "5-search");
  await page.fill("#words", "no such words");
  await page.waitForFunction(() => document.getElementById("found").textContent === "nothing found");
  await page.keyboard.press("Escape");
}

async function keysAndLooks(page) {
  const spanAfter = async (key) => {
    await page.keyboard.press(key);
    await settled(page);
    return (await view(page)).span;
  };
  const all = await spanAfter("Home");
  check("W zooms in and S out", (await spanAfter("w")) < all && (await spanAfter("s")) > all * 0.9);
  await page.keyboard.press("w");
  const { begin } = await view(page);
  await page.keyboard.press("d");
  check("D moves to the right", (await view(page)).begin > begin);
  await page.keyboard.press("?");
  check("? shows the keys", await page.locator("#help").isVisible() && (await text(page, "#keys")).includes("go to the violation"));
  await picture(page, "6-help");
  await page.click("#help-close");

  const strip = await page.locator("#overview").boundingBox();
  await page.keyboard.press("v");
  await page.keyboard.press("f");
  await settled(page);
  await page.mouse.move(strip.x + 300, strip.y + 30);
  await page.mouse.down();
  await page.mouse.move(strip.x + 400, strip.y + 30, { steps: 4 });
  await page.mouse.up();
  await settled(page);
  const chosen = await page.evaluate(() => [nornPage.overview.x(nornPage.view.begin), nornPage.overview.x(nornPage.view.end)]);
  check("the brush chooses what is shown", Math.abs(chosen[0] - 300) < 2 && Math.abs(chosen[1] - 400) < 2, chosen);

  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.click("#theme");
  check("the theme changes", (await background()) !== light, light);
  await page.keyboard.press("v");
  await page.keyboard.press("f");
  await picture(page, "7-dark");
  await page.keyboard.press("t");
  same("and back", await background(), light);

  await page.click("#tab-run");
  await page.locator("#run .copy").click();
  await page.waitForFunction(() => document.querySelector("#run .copy").textContent !== "Copy");
  check("the replay line is there", (await text(page, "#replay")).includes("scenario-raft"));
  const nameless = await page.evaluate(() => [...document.querySelectorAll("button, input, canvas, [role]")]
    .filter((each) => !(each.getAttribute("aria-label") || each.textContent.trim() || (each.labels && each.labels.length) || each.getAttribute("aria-hidden") ||
      each.getAttribute("aria-labelledby") || each.getAttribute("role") === "status")).map((each) => each.outerHTML));
  same("controls without a name", nameless, []);
}

async function theEnemy(page) {
  const hacked = () => page.evaluate(() => window.hacked);
  same("what an enemy's text did", await hacked(), undefined);
  same("elements that no one but the page made", await page.evaluate(() => [document.querySelectorAll("img, iframe, object").length, document.querySelectorAll("script").length]), [0, 2]);
  for (const kind of ["send", "log", "state", "violation"]) {
    const seen = await page.evaluate((name) => {
      const { trace } = nornPage;
      for (let i = trace.count - 1; i >= 0; i--) {
        if (trace.names.kind[trace.kind[i]] === name && (trace.payloadOf(i) || "").includes("</script>")) {
          nornPage.selectAndShow(i);
          return document.getElementById("event").innerText;
        }
      }
      return "";
    }, kind);
    check(`${kind}: hostile text is shown as it is`, seen.includes("</script><script>window.hacked=1</script><img src=x"), seen);
    await settled(page);
  }
  await picture(page, "8-hostile");
  await page.click("#tab-search");
  await page.fill("#words", "<img src=x");
  await page.waitForFunction(() => document.getElementById("found").textContent.includes("found"));
  await page.click("#tab-run");
  await page.mouse.move(600, 300);
  await settled(page);
  same("what an enemy's text did in the end", await hacked(), undefined);
  same("elements in the end", await page.evaluate(() => document.querySelectorAll("img, iframe, object").length), 0);
  // Even what would get into the page would not run.
  await page.evaluate(() => {
    const made = document.createElement("div");
    made.innerHTML = '<img src="data:," onerror="window.hacked=3">';
  });
  await page.waitForTimeout(200);
  same("what an event handler in an element did", await hacked(), undefined);
  same("how often the policy stepped in: the image, and its handler", blocked, 2);
}

async function theLargeOne(page) {
  same("the events of the largest page", await page.evaluate(() => nornPage.trace.count - nornPage.trace.earlier), 200000);
  const notice = await text(page, "#notice");
  check("it says what is missing", notice.includes(`these are the last of ${expected.large.toLocaleString("en-US")}`), notice);
  check("what held before is kept", await page.evaluate(() => nornPage.trace.earlier > 0 && nornPage.trace.lanes.slice(1).every((lane) => lane.lives.length > 0)));
  await picture(page, "9-large");
  const loaded = await page.evaluate(() => Math.round(performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd));
  // From all to a few microseconds and back, moving at each step, with and without a selection.
  const times = await page.evaluate(async () => {
    nornPage.frames.length = 0;
    const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    for (const chosen of [-1, nornPage.trace.count - 10]) {
      nornPage.select(chosen);
      nornPage.view.showAll();
      for (let i = 0; i < 60; i++) {
        nornPage.view.zoom(i < 30 ? 0.7 : 1 / 0.7, 0.6);
        nornPage.view.pan(0.02);
        nornPage.redraw();
        await frame();
      }
    }
    return nornPage.frames.slice().sort((x, y) => x - y);
  });
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  console.log(`200,000 events: ready after ${loaded} ms; a frame's script takes ${at(0.5).toFixed(1)} ms (median), ` +
    `${at(0.95).toFixed(1)} ms (95 %), ${at(1).toFixed(1)} ms (worst of ${times.length})`);
  check("frames are quick at 200,000 events", times.length > 100 && at(0.95) < 60, at(0.95));
  const search = await page.evaluate(() => {
    const begin = performance.now();
    nornPage.panel.search.run("deliver store1");
    return performance.now() - begin;
  });
  check("a search is quick", search < 500, search);
}

async function theRest(page) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  check("a phone need not scroll sideways", wide <= 390, wide);
  const box = await page.locator("#diagram").boundingBox();
  check("the diagram is there on a phone", box.height > 150 && box.width > 300, box);
  await picture(page, "10-phone");
  await page.tap("#violation");
  await settled(page);
  check("a finger selects", (await text(page, "#event-title")).startsWith("violation"));
  same("the theme is the phone's", await page.evaluate(() => nornPage.theme.dark), true);
  await picture(page, "11-phone-event");
}

async function thePart(page) {
  same("the events of a part", await page.evaluate(() => nornPage.trace.count - nornPage.trace.earlier), expected.part);
  check("it says that it is a part", (await text(page, "#notice")).includes("Only a part"));
  const { begin, span } = await view(page);
  check("its time is that of the part", begin > 3.9e9 && begin + span < 6.1e9, { begin, span });
  check("roles from before are known", await page.evaluate(() => nornPage.trace.lanes.some((lane) => lane.states.get("role")?.events[0] < nornPage.trace.earlier)));
}

(async () => {
  await withPage("raft", {}, async (page) => {
    await theStory(page);
    await messagesAndCauses(page);
    await faultsAndSearch(page);
    await keysAndLooks(page);
  });
  await withPage("hostile", { blocks: true }, theEnemy);
  await withPage("large", {}, theLargeOne);
  await withPage("raft", { context: { viewport: { width: 390, height: 780 }, colorScheme: "dark", hasTouch: true, isMobile: true } }, theRest);
  await withPage("part", {}, thePart);
  console.log(`${checks - failures} of ${checks} checks of pages held`);
  process.exit(failures === 0 ? 0 : 1);
})().catch((error) => {
  console.log(`FAILED ${error.stack}`);
  process.exit(1);
});
