output "state_bucket" {
  description = "Name of the bucket for the environments' state: the `bucket` of their backend"
  value       = google_storage_bucket.state.name
}

output "operator" {
  description = "Account whose key is known to OS Login"
  value       = google_os_login_ssh_public_key.operator.user
}
