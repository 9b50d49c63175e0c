/* How far a score is the probability that it claims to be: what it said against what was so, on labelled data and here. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { plots } = gw.quality;
  const SIZE = 210;
  const LEFT = 40;
  const BELOW = 32;
  const share = (value) => plots.figure("share", value);

  const x = (value) => LEFT + value * SIZE;
  const y = (value) => 6 + (1 - value) * SIZE;

  const frame = (svg, of) => {
    for (const part of [0, 0.25, 0.5, 0.75, 1]) {
      svg.append(gw.h("line", { x1: x(0), x2: x(1), y1: y(part), y2: y(part), class: part ? "gw-grid-line" : "gw-axis-line" }));
      if (part * 2 === Math.round(part * 2)) svg.append(gw.h("text", { x: LEFT - 6, y: y(part) + 3.5, class: "gw-axis gw-axis-y" }, share(part)), gw.h("text", { x: x(part), y: y(0) + 14, class: "gw-axis", "text-anchor": "middle" }, share(part)));
    }
    svg.append(gw.h("text", { x: x(0.5), y: y(0) + 28, class: "gw-axis", "text-anchor": "middle" }, `score: said to be ${of}`), gw.h("line", { x1: x(0), y1: y(0), x2: x(1), y2: y(1), class: "gw-calibration-ideal" }));
  };

  const shippedLine = (svg, shipped) => {
    if (!shipped.length) return;
    svg.append(gw.h("polyline", { points: shipped.map((bin) => `${x(bin.said)},${y(bin.true)}`).join(" "), class: "gw-calibration-shipped" }));
  };

  const ownBins = (svg, bins, of) => {
    for (const { said, true: so, n } of bins) {
      const told = `scores near ${share(said)}: ${share(so.value)} ${of}, 95 % interval ${plots.interval("share", so)}, ${gw.count(n)} labelled`;
      if (so.low !== null) svg.append(gw.h("line", { x1: x(said), x2: x(said), y1: y(so.low), y2: y(so.high), class: "gw-calibration-whisker" }));
      svg.append(gw.h("circle", { cx: x(said), cy: y(so.value), r: 3.5, class: "gw-calibration-own" }, gw.h("title", {}, told)));
    }
  };

  const words = ({ of, n, error, error_by_chance: byChance, bins, shipped }) => {
    const here = bins.length
      ? `On ${gw.count(n)} answers that people labelled here, scores are off by ${error.toFixed(3)} on average (expected calibration error; by chance alone ${byChance.toFixed(3)}).`
      : `Too few answers of this time range have a label by people for a curve of your own (${gw.count(n)}; it takes 20).`;
    return gw.h("div", { class: "gw-calibration-words" },
      gw.h("p", {}, `Where the curve lies on the dashed line, a score of 70 % means that 70 of 100 such answers are ${of}.`), gw.h("p", {}, here),
      gw.h("ul", { class: "gw-legend" }, shipped.length ? gw.h("li", {}, gw.h("span", { class: "gw-calibration-key gw-calibration-key-shipped" }), "labelled data it was not trained on") : null, bins.length ? gw.h("li", {}, gw.h("span", { class: "gw-calibration-key gw-calibration-key-own" }), "labels of people here, with 95 % interval") : null));
  };

  /** The curve of an answer of `quality/evaluators/<name>/calibration`: of shipped labels as a line, of labels here as dots. */
  plots.calibration = (found) => {
    const { of, bins, shipped } = found;
    const said = [...shipped.map((bin) => `${share(bin.said)} said, ${share(bin.true)} so`)].join("; ");
    const svg = gw.h("svg", { width: LEFT + SIZE + 16, height: SIZE + 6 + BELOW, class: "gw-plot", role: "img", "aria-label": `Calibration: ${said || "no curve"}` });
    frame(svg, of);
    shippedLine(svg, shipped);
    ownBins(svg, bins, of);
    return gw.h("div", { class: "gw-calibration" }, svg, words(found));
  };
})();
