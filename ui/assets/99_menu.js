/* The menu of whoever is signed in, in the header; and where one goes whose session has ended. */
"use strict";

(() => {
  const gw = window.groundwire;
  let shownFor = null;

  const items = (me, project) => {
    const query = project && project !== me.home ? `?${new URLSearchParams({ project })}` : "";
    const to = (part, name) => gw.link("gw-user-item", `${gw.prefix()}settings/${part}${query}`, name);
    const manages = (me.projects.find(({ name }) => name === project) || { permissions: [] }).permissions.includes("manage");
    const shared = [manages ? to("keys", "Keys and members") : null, me.is_operator ? to("projects", "Projects") : null];
    if (me.kind === "local") return [...shared, gw.h("a", { class: "gw-user-item", href: "/set-up" }, "Set up sign-in")];
    return [to("account", "Account"), ...shared, me.is_operator ? to("people", "People") : null, gw.postButton("/sign-out", "Sign out", {}, "gw-user-item gw-user-leave")];
  };

  const about = (me, project) => {
    if (me.kind === "local") return [gw.h("b", {}, "On this machine, no sign-in"), gw.h("span", { class: "gw-dim" }, "Whoever is on it may do everything.")];
    const role = gw.roleIn(me, project);
    const { title } = me.projects.find(({ name }) => name === project) || {};
    const where = role === "Operator" ? "Operator of this server" : role ? `${role} in ${title || project}` : "Member of no project here";
    return [gw.h("b", {}, me.full_name || me.name), me.full_name ? gw.h("span", { class: "gw-dim" }, me.name) : null, gw.h("span", { class: "gw-dim" }, where)];
  };

  class Menu {
    constructor(root, me, project) {
      this.root = root;
      this.button = gw.h("button", { class: "gw-user-button", type: "button", "aria-haspopup": "menu", "aria-expanded": "false", "aria-controls": "user-menu-items", "aria-label": me.kind === "local" ? "This machine" : `Account of ${me.full_name || me.name}`, title: me.kind === "local" ? "On this machine, no sign-in" : me.name, onclick: () => this.toggle() },
        me.kind === "local" ? gw.icon("machine") : gw.h("span", { class: "gw-initial", "aria-hidden": "true" }, [...(me.full_name || me.name)][0].toUpperCase()));
      this.list = gw.h("div", { class: "gw-user-menu", id: "user-menu-items", role: "menu", hidden: true, onkeydown: (event) => this.key(event) }, gw.h("div", { class: "gw-user-about", role: "presentation" }, ...about(me, project)), ...items(me, project));
      for (const item of this.items()) item.setAttribute("role", "menuitem");
      this.list.addEventListener("click", (event) => event.target.closest("a") && this.close());
      root.replaceChildren(this.button, this.list);
    }

    items() {
      return [...this.list.querySelectorAll(".gw-user-item")];
    }

    toggle() {
      if (!this.list.hidden) return this.close();
      this.list.hidden = false;
      this.button.setAttribute("aria-expanded", "true");
      this.items()[0].focus();
    }

    close(refocus = false) {
      this.list.hidden = true;
      this.button.setAttribute("aria-expanded", "false");
      if (refocus) this.button.focus();
    }

    key(event) {
      const items = this.items();
      const at = items.indexOf(document.activeElement);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
      if (event.key === "Escape") this.close(true);
      else if (to === undefined) return;
      else items[to % items.length].focus();
      event.preventDefault();
      event.stopPropagation();
    }
  }

  /* Words typed into the header's list of projects search it; they do not continue the name that stands there. */
  document.addEventListener("focusin", ({ target }) => target.id === "project" && target.select());

  let menu = null;
  document.addEventListener("click", (event) => menu && !menu.root.contains(event.target) && menu.close());
  document.addEventListener("focusin", (event) => menu && !menu.root.contains(event.target) && menu.close());

  /* Pages that a project has one of each. The others show one thing of one project, so a change leads to its list. */
  const SHARED = ["traces", "sessions", "quality", "costs", "budgets", "savings", "queues", "status", "settings"];
  const TIME = ["range", "from", "to"];
  const OF_A_LIST = [...TIME, "q", "filter", "sort", "live", "columns"];

  /** The address that shows another project as this one is shown now: page, time, search and filter stay. */
  gw.inProject = (project) => {
    const [page, thing] = window.location.pathname.slice(gw.prefix().length).split("/");
    const to = SHARED.includes(page) ? page : "traces";
    const now = new URLSearchParams(window.location.search);
    const query = new URLSearchParams(project === gw.home ? {} : { project });
    const inParts = to === "settings" || to === "costs";
    const stays = to === "settings" ? [] : thing ? TIME : OF_A_LIST;
    for (const name of stays) if (now.has(name)) query.set(name, now.get(name));
    return `${gw.prefix()}${to}${inParts && thing ? `/${thing}` : ""}${query.size ? `?${query}` : ""}`;
  };

  /** Draw the menu for the project that the page shows. */
  gw.drawMenu = async () => {
    const root = document.getElementById("user-menu");
    let me;
    try {
      me = await gw.me();
    } catch (problem) {
      return; // The page says what is wrong; the menu comes with the next page.
    }
    const project = new URLSearchParams(window.location.search).get("project") || me.home;
    const drawnFor = JSON.stringify([me, project]);
    if (drawnFor === shownFor && root.firstChild) return;
    shownFor = drawnFor;
    menu = new Menu(root, me, project);
  };
})();
