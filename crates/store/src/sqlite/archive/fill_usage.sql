-- Counts what each project has in a file; `row_bytes` of `append.rs` counts the same for a row.
INSERT INTO usage (project, events, bytes, oldest, newest)
SELECT project, count(*),
       sum(64 + octet_length(body) + octet_length(title) + octet_length(logger)
           + octet_length(server_name) + octet_length(site) + octet_length(url)
           + octet_length(user) + octet_length(release) + octet_length(environment)),
       min(received), max(received)
FROM main.event GROUP BY project;
