// The pages that `every_page` looks at, by the name of their picture. A new page is a new line.

export function addresses({ server, org, pages }) {
  const ofOrg = `${server.url}/organizations/${org}/`;
  const settings = `${server.url}/settings/`;
  return {
    'issue-all-frames': `${pages.issue}?frames=all`,
    'issue-text': `${pages.issue}?frames=raw`,
    'issue-events': `${pages.issue}events/`,
    'issue-keys': `${pages.issue}merged/`,
    'issues-none': `${pages.issues}&query=nothing`,
    'issues-wrong-query': `${pages.issues}&query=is:`,
    'issues-resolved': `${pages.issues}&query=is:resolved`,
    'issues-archived': `${pages.issues}&query=is:archived`,
    'issue-events-wrong-query': `${pages.issue}events/?query=stack.functio:pay`,
    'settings-filters': `${pages.settings}filters/`,
    'settings-discarded': `${pages.settings}discarded/`,
    'settings-scrubbing': `${pages.settings}scrubbing/`,
    'settings-grouping': `${pages.settings}grouping/`,
    'settings-ownership': `${pages.settings}ownership/`,
    'settings-changes': `${pages.settings}changes/`,
    'saved-searches': `${ofOrg}issues/searches/`,
    'issues-terms': `${pages.issues}&query=is:unresolved+level:error+!logger:none`,
    find: `${ofOrg}search/?q=s`,
    'find-nothing': `${ofOrg}search/?q=zzzzzz`,
    shortcuts: `${ofOrg}shortcuts/`,
    teams: `${settings}${org}/teams/`,
    'getting-started-2010': `${pages['getting-started']}?client=2010`,
    'getting-started-django': `${pages['getting-started']}?client=python-django`,
    'new-project': `${ofOrg}projects/new/`,
    tokens: `${settings}account/api/auth-tokens/`,
    'stats-org': `${ofOrg}stats/?period=90d`,
    quarantine: `${ofOrg}quarantine/`,
    status: `${ofOrg}status/`,
    'not-found': `${server.url}/organizations/nobody/issues/`,
  };
}
