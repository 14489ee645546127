locals {
  name     = "${var.name_prefix}-${var.environment}"
  firewall = "${local.name}-tcp"
  names    = [for number in range(1, var.instance_count + 1) : "${local.name}-${number}"]
}

# An account of its own, without any role: what runs here can do nothing to the project.
resource "google_service_account" "instance" {
  account_id   = substr(local.name, 0, 30)
  display_name = "Instances ${local.name}-*"
  project      = var.project
}

resource "google_compute_address" "instance" {
  count   = var.public_address ? var.instance_count : 0
  name    = local.names[count.index]
  project = var.project
  region  = var.region
}

# checks: waive CKV_GCP_40 -- an address that the internet reaches is made only where public_address asks for one
resource "google_compute_instance" "instance" {
  count        = var.instance_count
  name         = local.names[count.index]
  project      = var.project
  zone         = var.zone
  machine_type = var.machine_type
  tags         = distinct(concat([local.firewall], var.tags))
  labels       = merge(var.labels, { env = var.environment })

  allow_stopping_for_update = true
  can_ip_forward            = false
  deletion_protection       = false

  boot_disk {
    kms_key_self_link = var.disk_kms_key

    initialize_params {
      image = var.instance_disk_image
    }
  }

  network_interface {
    network = var.vpc_network_name

    dynamic "access_config" {
      for_each = var.public_address ? [google_compute_address.instance[count.index].address] : []

      content {
        nat_ip = access_config.value
      }
    }
  }

  metadata = {
    block-project-ssh-keys = "true"
    enable-oslogin         = "TRUE"
    serial-port-enable     = "false"
  }

  service_account {
    email  = google_service_account.instance.email
    scopes = ["https://www.googleapis.com/auth/logging.write", "https://www.googleapis.com/auth/monitoring.write"]
  }

  shielded_instance_config {
    enable_integrity_monitoring = true
    enable_secure_boot          = true
    enable_vtpm                 = true
  }

  lifecycle {
    precondition {
      condition     = length(var.tcp_ports) == 0 || length(var.source_ranges) > 0
      error_message = "tcp_ports are open to source_ranges: name at least one range."
    }
  }
}

resource "google_compute_firewall" "instance" {
  count         = length(var.tcp_ports) > 0 ? 1 : 0
  name          = local.firewall
  project       = var.project
  network       = var.vpc_network_name
  description   = "TCP ports of ${local.name}-*"
  direction     = "INGRESS"
  source_ranges = var.source_ranges
  target_tags   = [local.firewall]

  allow {
    protocol = "tcp"
    ports    = [for port in sort([for port in var.tcp_ports : format("%05d", port)]) : tostring(tonumber(port))]
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}
