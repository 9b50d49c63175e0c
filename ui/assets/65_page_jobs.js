/* Background jobs over a range of time, as re-costings and backfills are: listed with progress, begun, cancelled. */
"use strict";

(() => {
  const gw = window.groundwire;
  const STATES = { queued: ["waiting", "info"], running: ["running", "info"], done: ["done", "good"], failed: ["failed", "error"], cancelled: ["cancelled", "plain"] };
  const AT_WORK_MS = 1000;
  const IDLE_MS = 15_000;
  const ALL = "2000-01-01T00:00:00Z";

  const two = (n) => String(n).padStart(2, "0");
  /** A moment as a field for local times writes it, to the minute. */
  gw.localMoment = (iso) => {
    const d = iso ? new Date(iso) : new Date();
    return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`;
  };
  gw.utcMoment = (text) => (text ? new Date(text).toISOString() : null);

  const active = ({ state }) => state === "queued" || state === "running";

  /** Shows the latest jobs of one kind in `root` and asks again while any is at work. What is special of a kind: `head(open)`,
      `drawnList(items)`, `marks(job)`, `report(job)`, and the dialog that begins one. */
  gw.Jobs = class {
    constructor(root, { path, list, noun, unit, mayEdit }) {
      Object.assign(this, { root, path, list, noun, unit, mayEdit });
      this.project = { project: gw.view.query.project };
      this.shown = [];
      this.drawn = "";
      this.stopped = false;
      gw.onLeave(() => {
        this.stopped = true;
        clearTimeout(this.timer);
      });
      this.load();
    }

    async load() {
      clearTimeout(this.timer);
      try {
        const answer = await gw.call("GET", this.path, { ...this.project, limit: String(this.limit || 6) });
        if (this.stopped) return;
        this.draw(answer[this.list].filter((job) => this.counts(job)));
      } catch (problem) {
        if (this.stopped) return;
        this.drawn = "";
        this.root.replaceChildren(gw.failed(problem, () => this.load()));
      }
      if (!this.stopped) this.timer = setTimeout(() => this.load(), this.shown.some(active) ? AT_WORK_MS : IDLE_MS);
    }

    counts() {
      return true;
    }

    draw(jobs) {
      const drawn = JSON.stringify(jobs);
      if (drawn === this.drawn) return;
      this.drawn = drawn;
      const at = document.activeElement && this.root.contains(document.activeElement) ? document.activeElement.dataset.key : null;
      this.shown = jobs;
      this.root.replaceChildren(...this.parts(jobs.map((one) => this.item(one))));
      const again = at && this.root.querySelector(`[data-key="${at}"]`);
      if (again) again.focus();
    }

    item(job) {
      const [word, look] = job.cancel_asked && active(job) ? ["stopping", "warn"] : STATES[job.state];
      const range = job.start.startsWith("2000-01-01") ? ["everything until ", gw.moment(job.end)] : [gw.moment(job.start), " to ", gw.moment(job.end)];
      const cancel = this.mayEdit && active(job) && !job.cancel_asked ? gw.press("gw-link gw-link-danger", "Cancel", () => this.cancel(job), { "data-key": `cancel-${job.id}`, "aria-label": `Cancel ${this.noun} ${job.id}` }) : null;
      return gw.h("li", { class: "gw-job", "data-job": String(job.id), "data-state": job.state },
        gw.h("div", { class: "gw-job-line" }, gw.badge(word, look), gw.h("span", {}, ...range), this.marks(job), gw.h("span", { class: "gw-dim" }, `${job.created_by} · `, gw.since(job.created_at)), gw.h("span", { class: "gw-space" }), cancel),
        active(job) ? this.progress(job) : null, job.error ? gw.h("p", { class: "gw-error-text" }, job.error) : null, job.report ? this.report(job) : null);
    }

    marks() {
      return null;
    }

    progress({ progress: { done, total, unit }, state }) {
      const part = total ? Math.min(1, done / total) : 0;
      const said = state === "queued" ? "Waits for its turn" : total ? `${gw.count(done)} of ${gw.count(total)} ${unit || this.unit}` : `Counting the ${this.unit} …`;
      return gw.h("div", { class: "gw-job-progress" }, gw.h("div", { class: "gw-progress", role: "progressbar", "aria-label": this.noun, "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": String(Math.round(part * 100)), "aria-valuetext": said }, gw.h("span", { class: "gw-progress-done", style: `width: ${(part * 100).toFixed(1)}%` })), gw.h("div", { class: "gw-dim" }, said));
    }

    /** The fields of a range for a dialog: {fields, range()}; without an end it is now. */
    rangeFields(label, start = "", end = "") {
      const now = new Date();
      const from = gw.h("input", { class: "gw-text-input", type: "datetime-local", required: true, value: gw.localMoment(start || new Date(now - 30 * 864e5).toISOString()) });
      const to = gw.h("input", { class: "gw-text-input", type: "datetime-local", value: end && Date.parse(end) < now ? gw.localMoment(end) : "" });
      const fill = (moment) => {
        from.value = gw.localMoment(moment.toISOString());
        to.value = "";
      };
      const presets = [["Last 7 days", 7], ["Last 30 days", 30], ["Last 90 days", 90]].map(([name, days]) => gw.press("gw-chip", name, () => fill(new Date(now - days * 864e5))));
      const month = gw.press("gw-chip", "This month", () => fill(new Date(now.getFullYear(), now.getMonth(), 1)));
      const every = gw.press("gw-chip", "Everything", () => fill(new Date(ALL)));
      return {
        fields: [gw.h("div", { class: "gw-job-presets" }, ...presets, month, every), gw.h("div", { class: "gw-field-row" }, gw.labelled(label, from, "Your local time."), gw.labelled("until", to, "Empty: now."))],
        range: () => ({ start: gw.utcMoment(from.value), end: gw.utcMoment(to.value) || new Date().toISOString() }),
      };
    }

    async begun() {
      await this.load();
      const open = this.root.querySelector('[data-key="open"]');
      if (open) open.focus();
      this.root.scrollIntoView({ block: "nearest" });
    }

    async cancel(job) {
      try {
        await gw.call("POST", `${this.path}/${job.id}/cancel`, this.project);
      } catch (problem) {
        gw.toast(gw.sentence(problem));
      }
      this.load();
    }
  };
})();
