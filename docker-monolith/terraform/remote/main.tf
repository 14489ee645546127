# One host with a Docker engine for whoever works with this repository: what docker-machine made. `nox -s remote` calls it.

data "google_client_openid_userinfo" "operator" {}

module "host" {
  source = "../modules/instance"

  project             = var.project
  region              = var.region
  zone                = var.zone
  environment         = var.environment
  vpc_network_name    = var.vpc_network_name
  machine_type        = var.machine_type
  instance_disk_image = var.disk_image
  name_prefix         = var.name
  tags                = ["docker-remote"]
  labels              = { made-by = "remote" }
  tcp_ports           = [22]
  source_ranges       = var.source_ranges
  public_address      = true
}
