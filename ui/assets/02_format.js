/* Figures as people read them: the twin of ui/formats.py. */
"use strict";

(() => {
  const gw = window.groundwire;
  const three = (value) => (value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2));

  const long = (s) => {
    if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
    if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
    return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
  };

  gw.duration = (ns) => {
    if (ns < 1e3) return `${ns.toFixed(0)} ns`;
    if (ns < 1e6) return `${three(ns / 1e3)} µs`;
    if (ns < 1e9) return `${three(ns / 1e6)} ms`;
    return ns < 6e10 ? `${three(ns / 1e9)} s` : long(Math.round(ns / 1e9));
  };
  gw.seconds = (s) => (s === null || s === undefined ? "–" : gw.duration(s * 1e9));
  gw.count = (n) => Math.round(n).toString().replace(/\B(?=(\d{3})+(?!\d))/g, "\u2009");
  gw.short = (n) => {
    for (const [limit, suffix] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
      if (n >= limit) return (n / limit < 9.95 ? (n / limit).toFixed(1) : (n / limit).toFixed(0)) + suffix;
    }
    return n.toFixed(0);
  };
  gw.cost = (usd) => {
    if (usd === null || usd === undefined) return "–";
    if (usd === 0) return "$0";
    if (usd < 0.0001) return `$${usd.toFixed(Math.min(12, 1 - Math.floor(Math.log10(usd))))}`;
    if (usd < 0.01) return `$${usd.toFixed(5)}`;
    return usd < 1 ? `$${usd.toFixed(4)}` : `$${usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  };

  const two = (n) => String(n).padStart(2, "0");
  const day = (d) => `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
  const clock = (d) => `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;

  gw.localTime = (ms) => {
    const d = new Date(ms);
    return `${day(d)} ${clock(d)}.${String(d.getMilliseconds()).padStart(3, "0")}`;
  };
  /** Short where it can be: today's times without the day. */
  gw.shortTime = (ms) => {
    const d = new Date(ms);
    return day(d) === day(new Date()) ? `${clock(d)}` : `${day(d).slice(5)} ${clock(d)}`;
  };
  gw.utcTime = (ms) => `${new Date(ms).toISOString().replace("T", " ").replace("Z", "")} UTC`;
  /** A label for an axis whose ends lie `span` milliseconds apart. */
  gw.axisTime = (ms, span) => {
    const d = new Date(ms);
    if (span > 4 * 864e5) return day(d).slice(5);
    if (span > 864e5 * 1.05) return `${day(d).slice(5)} ${clock(d).slice(0, 5)}`;
    return span > 6e5 ? clock(d).slice(0, 5) : clock(d);
  };
})();
