// Finds a pair of the sample by the ids of its records. Values are compared, never written into the page.
(function () {
  "use strict";
  var form = document.getElementById("choose");
  if (!form) return;
  var left = document.getElementById("left-id");
  var right = document.getElementById("right-id");
  var kind = document.getElementById("kind");
  var found = document.getElementById("found");
  var pairs = Array.prototype.slice.call(document.querySelectorAll("details.pair"));
  var fits = function (pair) {
    var l = left.value.trim(), r = right.value.trim();
    return (!l || pair.dataset.left === l) && (!r || pair.dataset.right === r) &&
      (kind.value === "all" || pair.dataset[kind.value] === "true");
  };
  var show = function () {
    var shown = pairs.filter(function (pair) {
      pair.hidden = !fits(pair);
      return !pair.hidden;
    });
    if (shown.length === 1) shown[0].open = true;
    found.textContent = shown.length === 0 ? "No such pair is in the sample." :
      shown.length + (shown.length === 1 ? " pair" : " pairs") + " shown";
  };
  form.hidden = false;
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("input", show);
  show();
})();
