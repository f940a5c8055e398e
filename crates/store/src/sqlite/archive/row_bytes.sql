64 + octet_length(body) + octet_length(title) + octet_length(logger)
    + octet_length(server_name) + octet_length(site) + octet_length(url) + octet_length(user)
    + octet_length(release) + octet_length(environment)
