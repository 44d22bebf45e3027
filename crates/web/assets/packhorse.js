// What pages do better with a script. Each of them does without.
import { initAll } from "./govuk.js";
import "./upload.js";

initAll();

// Says before the session ends for want of use, so that nothing typed is lost without a word.
const idle = document.querySelector("[data-idle-seconds]");
if (idle) {
  const seconds = Number(idle.dataset.idleSeconds);
  const warnAt = Math.max(seconds - 120, 1);
  window.setTimeout(() => {
    idle.hidden = false;
    idle.querySelector("[data-idle-text]").textContent =
      "You will be signed out in 2 minutes because nothing has happened on this page. Anything you have typed and not sent will be lost.";
  }, warnAt * 1000);
}
