// The pages that `every_page` looks at, by the name of their picture. A new page is a new line.

export function addresses({ server, org, pages }) {
  const ofOrg = `${server.url}/organizations/${org}/`;
  const settings = `${server.url}/settings/`;
  return {
    'issue-all-frames': `${pages.issue}?frames=all`,
    'issue-text': `${pages.issue}?frames=raw`,
    'issue-events': `${pages.issue}events/`,
    'issue-filtered': `${pages.issue}?query=level:error&statsPeriod=90d`,
    'issue-no-match': `${pages.issue}?query=nothing`,
    'issue-recommended': `${pages.issue}events/recommended/`,
    'issue-frames-found': `${pages.issue}?frame_text=a`,
    'issue-events-columns': `${pages.issue}events/?columns=level,release`,
    'issue-tag': `${pages.issue}tags/level/`,
    'issue-similar': `${pages.issue}similar/`,
    'issue-share': `${pages.issue}share/`,
    'share-gone': `${server.url}/share/issue/none/`,
    'settings-showing': `${pages.settings}showing/`,
    'settings-frame': `${pages.settings}grouping/frame/?function=pay&module=shop&app=no`,
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
    'issues-of-all': `${ofOrg}issues/?project=-1&query=&groupStatsPeriod=14d`,
    'issues-narrowed': `${pages.issues}&environment=production&statsPeriod=30d&sort=trends`,
    find: `${ofOrg}search/?q=s`,
    'find-nothing': `${ofOrg}search/?q=zzzzzz`,
    shortcuts: `${ofOrg}shortcuts/`,
    teams: `${settings}${org}/teams/`,
    organization: `${settings}${org}/`,
    members: `${settings}${org}/members/`,
    'audit-log': `${settings}${org}/audit-log/`,
    'account-details': `${settings}account/details/`,
    'account-security': `${settings}account/security/`,
    'account-two-factor': `${settings}account/security/two-factor/`,
    'getting-started-2010': `${pages['getting-started']}?client=2010`,
    'getting-started-django': `${pages['getting-started']}?client=python-django`,
    'new-project': `${ofOrg}projects/new/`,
    tokens: `${settings}account/api/auth-tokens/`,
    'stats-org': `${ofOrg}stats/?period=90d`,
    quarantine: `${ofOrg}quarantine/`,
    explore: `${ofOrg}explore/`,
    'explore-groups': `${ofOrg}explore/?field=release&field=user&statsPeriod=90d`,
    'explore-none': `${ofOrg}explore/?query=release:none&field=release`,
    'explore-wrong-query': `${ofOrg}explore/?query=is:new`,
    'explore-save': `${ofOrg}explore/queries/?query=&field=release`,
    queries: `${ofOrg}explore/queries/`,
    dashboards: `${ofOrg}dashboards/`,
    status: `${ofOrg}status/`,
    projects: `${ofOrg}projects/`,
    'projects-none': `${ofOrg}projects/?query=nothing`,
    releases: `${ofOrg}releases/?statsPeriod=30d`,
    'releases-none': `${ofOrg}releases/?query=nothing`,
    release: `${ofOrg}releases/shop%402.4.1/`,
    environments: `${ofOrg}environments/`,
    users: `${ofOrg}users/?statsPeriod=30d`,
    'users-none': `${ofOrg}users/?query=nothing`,
    user: `${ofOrg}users/show/?user=nobody%40example.org`,
    tags: `${ofOrg}tags/`,
    tag: `${ofOrg}tags/environment/`,
    'tag-none': `${ofOrg}tags/nothing/`,
    'not-found': `${server.url}/organizations/nobody/issues/`,
  };
}

// Pages of what is not there.
const MISSING = ['not-found', 'share-gone'];

// A page that is wrongly missing would pass every other check.
export async function checkStatus(checks, full, name, answer) {
  await checks.that(`the page is there: ${full}`, () => {
    const isMissing = answer.status() === 404;
    if (isMissing !== MISSING.includes(name) || (answer.status() >= 400 && !isMissing)) {
      throw new Error(`${answer.status()} at ${answer.url()}`);
    }
  });
}
