output "address" {
  description = "Where the host is reached"
  value       = one(module.host.external_ips)
}

output "user" {
  description = "Name that OS Login gives a person: the address of the account with other signs for what a name cannot have"
  value       = replace(data.google_client_openid_userinfo.operator.email, "/[^a-z0-9]/", "_")
}
