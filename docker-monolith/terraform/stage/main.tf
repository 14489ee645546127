module "docker_app" {
  source = "../modules/instance"

  project             = var.project
  region              = var.region
  zone                = var.zone
  environment         = var.environment
  vpc_network_name    = var.vpc_network_name
  machine_type        = var.machine_type
  instance_disk_image = var.docker_disk_image
  instance_count      = var.docker_app_instance_count
  name_prefix         = var.docker_app_name_prefix
  tags                = var.docker_app_tags
  tcp_ports           = concat([22], var.docker_app_tcp_ports)
  source_ranges       = var.docker_app_source_ranges
  public_address      = true
}
