output "names" {
  description = "Names of the instances"
  value       = google_compute_instance.instance[*].name
}

output "internal_ips" {
  description = "Addresses of the instances in their network"
  value       = google_compute_instance.instance[*].network_interface[0].network_ip
}

output "external_ips" {
  description = "Addresses that the internet reaches the instances at; empty without public_address"
  value       = google_compute_address.instance[*].address
}
