# The module's logic, without a cloud: what would be made for which variables.

mock_provider "google" {}

variables {
  project             = "p"
  environment         = "stage"
  instance_disk_image = "docker-host"
}

run "defaults_are_those_of_the_course" {
  command = plan

  assert {
    condition     = length(google_compute_instance.instance) == 1 && google_compute_instance.instance[0].name == "instance-stage-1"
    error_message = "one instance, named by prefix, environment and number"
  }
  assert {
    condition     = google_compute_instance.instance[0].machine_type == "g1-small" && google_compute_instance.instance[0].zone == "europe-west1-d"
    error_message = "a g1-small in europe-west1-d"
  }
  assert {
    condition     = google_compute_instance.instance[0].network_interface[0].network == "default"
    error_message = "in the default network"
  }
  assert {
    condition     = length(google_compute_firewall.instance) == 0
    error_message = "no ports, no firewall rule"
  }
  assert {
    condition     = length(google_compute_address.instance) == 0 && length(google_compute_instance.instance[0].network_interface[0].access_config) == 0
    error_message = "no address that the internet reaches"
  }
}

run "an_instance_is_hardened" {
  command = plan

  assert {
    condition     = google_compute_instance.instance[0].can_ip_forward == false
    error_message = "it forwards nothing"
  }
  assert {
    condition     = google_compute_instance.instance[0].metadata["enable-oslogin"] == "TRUE" && google_compute_instance.instance[0].metadata["block-project-ssh-keys"] == "true"
    error_message = "OS Login alone says who may log in"
  }
  assert {
    condition     = google_compute_instance.instance[0].metadata["serial-port-enable"] == "false"
    error_message = "no serial console"
  }
  assert {
    condition = alltrue([
      google_compute_instance.instance[0].shielded_instance_config[0].enable_secure_boot,
      google_compute_instance.instance[0].shielded_instance_config[0].enable_vtpm,
      google_compute_instance.instance[0].shielded_instance_config[0].enable_integrity_monitoring,
    ])
    error_message = "shielded"
  }
  assert {
    condition     = !contains(google_compute_instance.instance[0].service_account[0].scopes, "https://www.googleapis.com/auth/cloud-platform")
    error_message = "its account's tokens are good for logs and metrics only"
  }
}

run "names_tags_labels_and_addresses_of_several" {
  command = plan

  variables {
    instance_count = 3
    name_prefix    = "docker-app"
    tags           = ["web", "docker-app-stage-tcp"]
    labels         = { owner = "ops", env = "other" }
    public_address = true
  }

  assert {
    condition     = tolist(google_compute_instance.instance[*].name) == tolist(["docker-app-stage-1", "docker-app-stage-2", "docker-app-stage-3"])
    error_message = "numbered from 1"
  }
  assert {
    condition     = toset(google_compute_instance.instance[2].tags) == toset(["docker-app-stage-tcp", "web"])
    error_message = "each tag once"
  }
  assert {
    condition     = tomap(google_compute_instance.instance[0].labels) == tomap({ owner = "ops", env = "stage" })
    error_message = "the label env is the environment, whatever else is given"
  }
  assert {
    condition     = tolist(google_compute_address.instance[*].name) == tolist(google_compute_instance.instance[*].name)
    error_message = "an address each, of the same name"
  }
}

run "ports_are_open_to_the_ranges_given_and_to_nobody_else" {
  command = plan

  variables {
    tcp_ports     = [9292, 80]
    source_ranges = ["203.0.113.0/24"]
  }

  assert {
    condition     = toset(google_compute_firewall.instance[0].source_ranges) == toset(["203.0.113.0/24"])
    error_message = "only these ranges"
  }
  assert {
    condition     = tolist(one(google_compute_firewall.instance[0].allow).ports) == tolist(["80", "9292"]) && one(google_compute_firewall.instance[0].allow).protocol == "tcp"
    error_message = "only these ports"
  }
  assert {
    condition     = toset(google_compute_firewall.instance[0].target_tags) == toset(["instance-stage-tcp"]) && contains(google_compute_instance.instance[0].tags, "instance-stage-tcp")
    error_message = "only these instances"
  }
}

run "no_instances_is_none" {
  command = plan

  variables {
    instance_count = 0
    public_address = true
  }

  assert {
    condition     = length(google_compute_instance.instance) == 0 && length(google_compute_address.instance) == 0
    error_message = "nothing but the account"
  }
}

run "ports_need_ranges" {
  command = plan

  variables {
    tcp_ports = [80]
  }

  expect_failures = [google_compute_instance.instance]
}

run "the_whole_internet_is_no_range" {
  command = plan

  variables {
    tcp_ports     = [80]
    source_ranges = ["0.0.0.0/0"]
  }

  expect_failures = [var.source_ranges]
}

run "wrong_values_are_refused" {
  command = plan

  variables {
    zone           = "us-east1-b"
    environment    = "Stage"
    instance_count = 1.5
    name_prefix    = "-x"
    tcp_ports      = [0]
  }

  expect_failures = [var.zone, var.environment, var.instance_count, var.name_prefix, var.tcp_ports]
}
