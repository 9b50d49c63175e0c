/* Settings: how a project is shown; and for operators, all projects. */
"use strict";

(() => {
  const gw = window.groundwire;
  const pathOf = (name) => `projects/${encodeURIComponent(name)}`;

  gw.drawGeneral = async (page) => {
    const { title } = page.me.projects.find(({ name }) => name === page.project);
    const field = gw.textField({ value: title, maxlength: "200", placeholder: page.project });
    const save = async () => {
      await page.send("PATCH", pathOf(page.project), { title: field.value });
      gw.forgetMe();
      await page.changed("Saved");
    };
    const form = gw.form({ fields: [gw.labelled("Title", field, "How people see the project. Empty: its name.")], submit: "Save", work: save });
    return [
      gw.partHead("General"),
      gw.h("section", { class: "gw-card gw-settings-card" },
        gw.h("div", { class: "gw-field" }, gw.h("span", {}, "Name"), gw.h("code", { class: "gw-mono gw-fixed" }, page.project),
          gw.h("small", { class: "gw-dim" }, "Apps and keys know the project by it, and stored traces carry it: it stays.")),
        form),
    ];
  };

  const make = (page) => {
    const name = gw.textField({ required: true, maxlength: "63", pattern: "[a-z0-9][a-z0-9_\\-]*", title: "a-z, 0-9, - and _, beginning with a letter or a digit", placeholder: "checkout", autofocus: true });
    const title = gw.textField({ maxlength: "200", placeholder: "Checkout assistant" });
    gw.formDialog({
      title: "New project",
      fields: [gw.labelled("Name", name, "For good: stored traces carry it. a-z, 0-9, - and _."), gw.labelled("Title", title, "How people see it; it can change. Empty: the name.")],
      submit: "Make the project",
      work: async () => {
        const made = await page.send("POST", "projects", { name: name.value.trim(), title: title.value });
        gw.forgetMe();
        await page.changed(`${made.title || made.name} is made`);
      },
    });
  };

  const rename = (page, project) => {
    const title = gw.textField({ value: project.title, maxlength: "200", placeholder: project.name, autofocus: true });
    gw.formDialog({
      title: `Title of ${project.name}`, fields: [gw.labelled("Title", title, "Empty: the name.")], submit: "Save",
      work: async () => {
        await page.send("PATCH", pathOf(project.name), { title: title.value });
        gw.forgetMe();
        await page.changed("Saved");
      },
    });
  };

  const row = (page, project) => {
    const query = new URLSearchParams({ project: project.name });
    return gw.h("tr", { "data-project": project.name },
      gw.h("td", { class: "gw-wide-cell" }, gw.link("gw-strong-link", `${gw.prefix()}traces?${query}`, project.title || project.name), project.title ? gw.h("div", { class: "gw-mono gw-dim" }, project.name) : null),
      gw.h("td", {}, gw.moment(project.created_at)),
      gw.h("td", { class: "gw-row-actions" },
        gw.press("gw-link", "Title", () => rename(page, project), { "aria-label": `Change the title of ${project.name}` }),
        gw.link("gw-link", `${gw.prefix()}settings/keys?${query}`, "Keys"), gw.link("gw-link", `${gw.prefix()}settings/members?${query}`, "Members")));
  };

  gw.drawProjects = async (page) => {
    const { projects } = await page.get("projects");
    const start = () => make(page);
    const about = page.isOpen ? "A project is an application whose traces belong together. While nobody signs in, sending to a new name makes one." : "A project is an application whose traces belong together; keys and members belong to one.";
    return [
      gw.partHead("Projects", about, gw.press("gw-button gw-primary", "New project", start)),
      projects.length ? gw.settingsTable("Projects", ["Project", "Made", ""], projects.map((project) => row(page, project)))
        : gw.nothing("There is no project yet", "The first trace makes one named default.", gw.press("gw-button gw-primary", "Make a project", start)),
    ];
  };
})();
