# What docker-machine made, as this makes it, without a cloud.

mock_provider "google" {
  mock_data "google_client_openid_userinfo" {
    defaults = { email = "ada.lovelace@example.org" }
  }
}

variables {
  project       = "p"
  name          = "docker-host"
  source_ranges = ["203.0.113.0/24"]
}

run "one_host_that_ssh_alone_reaches" {
  command = apply

  assert {
    condition     = tolist(module.host.names) == tolist(["docker-host-dev-1"])
    error_message = "one host of that name"
  }
  assert {
    condition     = output.address == one(module.host.external_ips)
    error_message = "it has an address"
  }
  assert {
    condition     = output.user == "ada_lovelace_example_org"
    error_message = "the name that OS Login gives"
  }
}
