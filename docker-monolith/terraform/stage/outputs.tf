output "docker_app_names" {
  description = "Names of the hosts"
  value       = module.docker_app.names
}

output "docker_app_external_ips" {
  description = "Addresses of the hosts"
  value       = module.docker_app.external_ips
}

output "docker_app_urls" {
  description = "Where the application answers"
  value       = [for ip in module.docker_app.external_ips : "http://${ip}:${var.docker_app_tcp_ports[0]}"]
}
