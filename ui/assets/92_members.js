/* Settings: who is what in a project. */
"use strict";

(() => {
  const gw = window.groundwire;
  /* docs/reference/access.md: each may do what the one before may. */
  const ROLES = {
    viewer: "sees traces, sessions and figures, and changes nothing",
    annotator: "also judges answers, in their own name",
    editor: "also makes annotation queues and changes any evaluation",
    admin: "also manages keys and members, and sees the audit log",
  };
  gw.roleNames = { viewer: "Viewer", annotator: "Annotator", editor: "Editor", admin: "Admin" };
  gw.roleTable = () => gw.h("dl", { class: "gw-roles" }, ...Object.entries(ROLES).flatMap(([role, about]) => [gw.h("dt", {}, gw.roleNames[role]), gw.h("dd", {}, about)]));

  gw.handLink = ({ email, link }, what, title) => gw.handOver({
    title, secret: link, what: "link",
    text: `Give it to ${email} yourself, and to nobody else: whoever opens it ${what}. It is shown this once, and can be used once.`,
  });

  const path = (page, ...rest) => ["projects", page.project, ...rest].map(encodeURIComponent).join("/");

  /* A person with an account becomes a member; anybody else is invited. Which it is, only the server knows. */
  const join = async (page, email, role) => {
    try {
      await page.send("PUT", path(page, "members"), { email, role });
      return null;
    } catch (problem) {
      if (problem.kind !== "bad_input") throw problem;
      return page.send("POST", path(page, "invitations"), { email, role });
    }
  };

  const add = (page, members) => {
    const email = gw.textField({ type: "email", required: true, maxlength: "254", placeholder: "name@example.com", autofocus: true });
    const role = gw.choice(gw.roleNames, "viewer");
    gw.formDialog({
      title: `Add somebody to ${page.projectTitle}`,
      fields: [gw.h("div", { class: "gw-field-row gw-row-wide" }, gw.labelled("E-mail address", email), gw.labelled("Role", role)), gw.roleTable(),
        gw.h("p", { class: "gw-dim" }, "Who has no account yet gets a link to make one: you see it next, and hand it over yourself.")],
      submit: "Add",
      work: async () => {
        const address = email.value.trim().toLowerCase();
        if (members.some((member) => member.email === address)) throw { message: `${address} is a member already`, hint: "change their role in the list" };
        const link = await join(page, address, role.value);
        await (link ? page.reload() : page.changed(`${address} is ${gw.roleNames[role.value].toLowerCase()} now`));
        return link && (() => gw.handLink(link, `becomes ${gw.roleNames[role.value].toLowerCase()} here, under a name and password of their own`, "An invitation is made"));
      },
    });
  };

  const change = (page, member) => {
    const roles = Object.entries(ROLES).map(([role, about]) => {
      const is = role === member.role;
      return gw.option("radio", gw.roleNames[role], about, { name: "role", value: role, checked: is, autofocus: is });
    });
    const own = member.id === page.me.id && !page.me.is_operator;
    gw.formDialog({
      title: `Role of ${member.name || member.email} in ${page.projectTitle}`,
      fields: [gw.options("Role", roles, false),
        own ? gw.h("p", { class: "gw-dim" }, "This is your own role. Once you are no admin any more, only another admin can make you one again.") : null],
      submit: "Change the role",
      work: async () => {
        const role = roles.find(({ box }) => box.checked).box.value;
        await page.send("PUT", path(page, "members"), { email: member.email, role });
        gw.forgetMe();
        await page.changed(`${member.email} is ${gw.roleNames[role].toLowerCase()} now`);
      },
    });
  };

  const remove = (page, member) => gw.confirm({
    title: member.id === page.me.id ? `Leave ${page.projectTitle}?` : `Remove ${member.email}?`,
    text: "They see nothing of this project from now on. Their account, what they judged and the keys they made stay.",
    submit: member.id === page.me.id ? "Leave the project" : "Remove from the project",
    work: async () => {
      await page.send("DELETE", path(page, "members", member.id));
      gw.forgetMe();
      await page.changed(`${member.email} is no member any more`);
    },
  });

  const row = (page, member) => {
    const you = member.id === page.me.id;
    return gw.h("tr", { "data-member": member.email },
      gw.h("td", { class: "gw-wide-cell" }, gw.h("div", { class: "gw-strong" }, member.name || member.email, you ? gw.badge("you", "info") : null, member.is_disabled ? gw.badge("disabled", "error", "An operator disabled this account") : null),
        member.name ? gw.h("div", { class: "gw-dim" }, member.email) : null),
      gw.h("td", {}, gw.roleNames[member.role]),
      gw.h("td", {}, member.last_sign_in_at ? gw.since(member.last_sign_in_at) : gw.h("span", { class: "gw-dim" }, "never")),
      gw.h("td", { class: "gw-row-actions" }, gw.press("gw-link", "Change role", () => change(page, member), { "aria-label": `Change the role of ${member.email}` }),
        gw.press("gw-link gw-link-danger", you ? "Leave" : "Remove", () => remove(page, member), { "aria-label": you ? "Leave the project" : `Remove ${member.email}` })));
  };

  /** Invitations that wait, to be withdrawn at `pathOf` each; nothing where there are none. */
  gw.waitingInvitations = (page, invitations, pathOf) => {
    if (!invitations.length) return null;
    const withdraw = (one) => gw.confirm({
      title: one.resets_password ? `Withdraw the link for ${one.email}?` : `Withdraw the invitation of ${one.email}?`, text: "The link that was handed over stops working.", submit: "Withdraw",
      work: async () => {
        await page.send("DELETE", pathOf(one));
        await page.changed("Withdrawn");
      },
    });
    const what = (one) => {
      if (one.resets_password) return "new password";
      if (one.is_operator) return "operator";
      return one.role ? `${gw.roleNames[one.role].toLowerCase()} in ${one.project}` : "an account, no project";
    };
    return gw.h("section", { class: "gw-settings-more" }, gw.h("h2", {}, "Invitations that wait"),
      gw.settingsTable("Invitations that wait", ["For", "As", "Made", "Ends", ""], invitations.map((one) => gw.h("tr", { "data-invitation": one.email },
        gw.h("td", { class: "gw-wide-cell" }, one.email), gw.h("td", {}, what(one)), gw.h("td", {}, gw.since(one.created_at), gw.h("div", { class: "gw-dim" }, `by ${one.created_by}`)),
        gw.h("td", {}, `in ${gw.ahead(one.expires_at)}`),
        gw.h("td", { class: "gw-row-actions" }, gw.press("gw-link gw-link-danger", "Withdraw", () => withdraw(one), { "aria-label": `Withdraw the invitation of ${one.email}` }))))));
  };

  /** What stands where people would be, while nobody signs in. */
  gw.setUpFirst = () => gw.nothing("Nobody signs in here yet", "Whoever is on this machine may do everything. Set up sign-in first, with yourself as the operator; then invite others.",
    gw.h("a", { class: "gw-button gw-primary", href: "/set-up" }, "Set up sign-in"));

  gw.drawMembers = async (page) => {
    const about = "People of this project. Operators of the server are in every project without being listed.";
    if (page.isOpen) return [gw.partHead("Members", about), gw.setUpFirst()];
    const [{ members }, { invitations }] = await Promise.all([page.get(path(page, "members")), page.get(path(page, "invitations"))]);
    const start = () => add(page, members);
    return [
      gw.partHead("Members", about, gw.press("gw-button gw-primary", "Add somebody", start)),
      members.length ? gw.settingsTable("Members", ["Person", "Role", "Last signed in", ""], members.map((member) => row(page, member)))
        : gw.nothing("This project has no members yet", "Operators alone see it.", gw.press("gw-button gw-primary", "Add the first", start)),
      gw.waitingInvitations(page, invitations, (one) => path(page, "invitations", one.id)),
      gw.h("section", { class: "gw-settings-more" }, gw.h("h2", {}, "What each role may do"), gw.roleTable()),
    ];
  };
})();
