variable "project" {
  description = "Id of the Google Cloud project"
  type        = string
}

variable "name" {
  description = "Name of the host"
  type        = string
}

variable "environment" {
  description = "Name of the environment that the host counts to"
  type        = string
  default     = "dev"
}

variable "region" {
  description = "Region"
  type        = string
  default     = "europe-west1"
}

variable "zone" {
  description = "Zone"
  type        = string
  default     = "europe-west1-b"
}

variable "vpc_network_name" {
  description = "Network that the host is in"
  type        = string
  default     = "default"
}

variable "machine_type" {
  description = "Machine type of the host"
  type        = string
  default     = "n1-standard-1"
}

variable "disk_image" {
  description = "Image of the boot disk: Debian's own; the engine is installed by Ansible"
  type        = string
  default     = "debian-cloud/debian-12"
}

variable "source_ranges" {
  description = "Address ranges that reach its SSH port: your own, not the whole internet"
  type        = list(string)
}
