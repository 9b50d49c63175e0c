/* Settings: one's own account. */
"use strict";

(() => {
  const gw = window.groundwire;

  /** What a caller is in a project, in one word. Roles include each other, so the strongest permission tells. */
  gw.roleIn = (me, project) => {
    if (me.is_operator) return "Operator";
    const { permissions } = me.projects.find(({ name }) => name === project) || { permissions: [] };
    const [, role] = [["manage", "Admin"], ["edit", "Editor"], ["annotate", "Annotator"], ["read", "Viewer"]].find(([permission]) => permissions.includes(permission)) || [];
    return role || "";
  };

  /** A button that posts to one of the sign-in pages: it leaves the app. */
  gw.postButton = (action, label, fields = {}, look = "gw-button") =>
    gw.h("form", { method: "post", action }, ...Object.entries(fields).map(([name, value]) => gw.h("input", { type: "hidden", name, value })), gw.h("button", { class: look, type: "submit" }, label));

  const card = (title, ...content) => gw.h("section", { class: "gw-card gw-settings-card" }, gw.h("h2", {}, title), ...content);

  const nameCard = (page) => {
    const field = gw.textField({ value: page.me.full_name, maxlength: "200", autocomplete: "name" });
    const save = async () => {
      await page.send("PATCH", "me", { full_name: field.value });
      gw.forgetMe();
      await page.changed("Saved");
      gw.drawMenu();
    };
    return card("Name", gw.form({ fields: [gw.labelled("Your name", field, `Shown to members of your projects beside ${page.me.name}. What you judge is signed with the address.`)], submit: "Save", work: save }));
  };

  const signOutEverywhere = () => gw.dialog("Sign out everywhere?", (body, close) => body.append(
    gw.h("p", { class: "gw-confirm-text" }, "Every browser that you are signed in with, this one too, has to sign in again. Keys you made go on working."),
    gw.h("div", { class: "gw-dialog-foot" }, gw.press("gw-button", "Cancel", close, { autofocus: true }), gw.postButton("/sign-out", "Sign out everywhere", { everywhere: "1" }, "gw-button gw-danger"))));

  const projects = ({ me }) => {
    if (!me.projects.length) return gw.h("p", { class: "gw-dim" }, "You are a member of no project yet: an admin of one can add you.");
    return gw.settingsTable("Your projects", ["Project", "Role"], me.projects.map(({ name, title }) => gw.h("tr", {},
      gw.h("td", { class: "gw-wide-cell" }, gw.link("gw-strong-link", `${gw.prefix()}traces?${new URLSearchParams({ project: name })}`, title || name), title ? gw.h("div", { class: "gw-mono gw-dim" }, name) : null),
      gw.h("td", {}, gw.roleIn(me, name)))));
  };

  gw.drawAccount = async (page) => {
    if (page.isOpen) return [gw.partHead("Account"), gw.setUpFirst()];
    return [
      gw.partHead("Account", page.me.name),
      nameCard(page),
      card("Password", gw.h("p", { class: "gw-dim" }, "A new one signs you out everywhere else."), gw.h("a", { class: "gw-button", href: "/account/password" }, "Change the password")),
      card("Projects", projects(page)),
      card("Sessions", gw.h("p", { class: "gw-dim" }, "If a machine that you signed in with is lost, end its session."), gw.press("gw-button gw-danger-text", "Sign out everywhere…", signOutEverywhere)),
    ];
  };
})();
