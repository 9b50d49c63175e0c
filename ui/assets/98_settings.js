/* The frame of the settings: which parts there are, who sees which, and how one is drawn and drawn again. */
"use strict";

(() => {
  const gw = window.groundwire;

  /* `for`: the permission in the project that a part needs; operator; or nothing. In the order of the list. */
  const PARTS = [
    { path: "keys", name: "API keys", group: "project", for: "manage", draw: (page) => gw.drawKeys(page) },
    { path: "members", name: "Members", group: "project", for: "manage", draw: (page) => gw.drawMembers(page) },
    { path: "general", name: "General", group: "project", for: "manage", draw: (page) => gw.drawGeneral(page) },
    { path: "audit", name: "Audit log", group: "project", for: "manage", draw: (page) => gw.drawAudit(page) },
    { path: "projects", name: "Projects", group: "server", for: "operator", draw: (page) => gw.drawProjects(page) },
    { path: "people", name: "People", group: "server", for: "operator", draw: (page) => gw.drawPeople(page) },
    { path: "log", name: "Server log", group: "server", for: "operator", draw: (page) => gw.drawServerLog(page) },
    { path: "account", name: "Account", group: "you", for: "", draw: (page) => gw.drawAccount(page) },
  ];
  const GROUPS = { project: "Project", server: "Server", you: "You" };

  class SettingsPage {
    constructor({ part, project }) {
      this.asked = part;
      this.askedProject = project;
      this.root = document.getElementById("settings-part");
      this.side = document.getElementById("settings-parts");
      this.abort = new AbortController();
      gw.onLeave(() => this.abort.abort());
      document.getElementById("settings-handover").replaceChildren();
      this.root.replaceChildren(gw.waiting(5));
      gw.forgetMe(); // Another admin may have changed what the reader may do.
      this.show();
    }

    get = (path, query = {}) => gw.call("GET", path, { ...this.query, ...query }, undefined, this.abort.signal);
    send = (method, path, body) => gw.call(method, path, this.query, body);

    async show() {
      try {
        await this.draw();
      } catch (problem) {
        if (problem.name !== "AbortError" && !this.abort.signal.aborted) this.root.replaceChildren(gw.failed(problem, () => this.show()));
      }
    }

    async draw() {
      this.know(await gw.me());
      const seen = PARTS.filter((part) => this.sees(part));
      const part = this.asked ? PARTS.find(({ path }) => path === this.asked) : seen[0];
      this.drawSide(seen, part);
      const drawn = await this.drawn(part);
      if (!this.abort.signal.aborted) this.root.replaceChildren(...drawn.filter(Boolean));
    }

    know(me) {
      this.me = me;
      this.isOpen = me.kind === "local";
      this.project = this.askedProject || me.home || "";
      this.query = this.project ? { project: this.project } : {};
      const known = me.projects.find(({ name }) => name === this.project);
      this.permissions = known ? known.permissions : [];
      this.projectTitle = (known && known.title) || this.project;
    }

    sees(part) {
      return part.for === "operator" ? this.isOpen || this.me.is_operator : !part.for || this.permissions.includes(part.for);
    }

    async drawn(part) {
      if (!part) return [gw.nothing("There is no such page", "Choose one of the settings on the left.")];
      if (this.sees(part)) return part.draw(this);
      return [gw.partHead(part.name), part.for === "operator"
        ? gw.nothing("Only operators of the server see this", "Ask one of them.")
        : gw.nothing(`Only admins of ${this.projectTitle || "a project"} see this`, this.permissions.length ? `Your role here is ${gw.roleIn(this.me, this.project).toLowerCase()}. An admin of the project can change that.` : "You are no member of it. Choose another project above, or ask for an invitation.")];
    }

    drawSide(seen, part) {
      const link = (one) => gw.link("gw-settings-link", `${gw.prefix()}settings/${one.path}${this.address()}`, one.name);
      this.side.replaceChildren(...Object.entries(GROUPS).map(([group, name]) => {
        const parts = seen.filter((one) => one.group === group);
        if (!parts.length) return "";
        const links = parts.map((one) => {
          const made = link(one);
          if (one === part) made.setAttribute("aria-current", "page");
          return made;
        });
        return gw.h("div", { class: "gw-settings-group" }, gw.h("h2", { title: group === "project" ? this.project : null }, group === "project" ? `${name}: ${this.projectTitle}` : name), ...links);
      }));
    }

    address() {
      return this.askedProject ? `?${new URLSearchParams({ project: this.askedProject })}` : "";
    }

    /** Draw the part again, in place. What goes wrong is shown there. */
    reload() {
      return this.show();
    }

    /** The same after a change: say what was done, and put the focus where the part begins. */
    async changed(said) {
      gw.toast(said);
      await this.show();
      gw.focusPart();
    }
  }

  gw.focusPart = () => {
    const head = document.querySelector("#settings-part h1");
    if (head && !document.querySelector("#settings-handover h2")) head.focus({ preventScroll: true });
  };

  gw.startSettings = (state) => new SettingsPage(state);
})();
