variable "project" {
  description = "Id of the Google Cloud project"
  type        = string
}

variable "region" {
  description = "Region"
  type        = string
  default     = "europe-west1"
}

variable "zone" {
  description = "Zone"
  type        = string
  default     = "europe-west1-d"
}

variable "environment" {
  description = "Name of the environment"
  type        = string
  default     = "stage"
}

variable "vpc_network_name" {
  description = "Network that the instances are in"
  type        = string
  default     = "default"
}

variable "machine_type" {
  description = "Machine type of the instances"
  type        = string
  default     = "g1-small"
}

variable "docker_disk_image" {
  description = "Image of the boot disks: what docker-monolith/packer makes"
  type        = string
  default     = "docker-host"
}

variable "docker_app_instance_count" {
  description = "Number of hosts that run the application"
  type        = number
  default     = 1
}

variable "docker_app_name_prefix" {
  description = "Beginning of the hosts' names"
  type        = string
  default     = "docker-app"
}

variable "docker_app_tags" {
  description = "Network tags of the hosts; the dynamic inventory makes groups of them"
  type        = list(string)
  default     = ["docker-app"]
}

variable "docker_app_tcp_ports" {
  description = "TCP ports of the application"
  type        = list(number)
  default     = [9292]
}

variable "docker_app_source_ranges" {
  description = "Address ranges that reach the application and SSH: your own, not the whole internet"
  type        = list(string)
}
