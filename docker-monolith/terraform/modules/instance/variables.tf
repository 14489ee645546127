variable "project" {
  description = "Id of the Google Cloud project"
  type        = string
}

variable "region" {
  description = "Region of the addresses"
  type        = string
  default     = "europe-west1"
}

variable "zone" {
  description = "Zone of the instances"
  type        = string
  default     = "europe-west1-d"

  validation {
    condition     = startswith(var.zone, "${var.region}-")
    error_message = "The zone must be one of the region."
  }
}

variable "instance_disk_image" {
  description = "Image of the boot disk: a family or a name, as Packer made it"
  type        = string
}

variable "vpc_network_name" {
  description = "Network that the instances are in"
  type        = string
  default     = "default"
}

variable "environment" {
  description = "Name of the environment; the dynamic inventory makes the group env_<name> of it"
  type        = string

  validation {
    condition     = can(regex("^[a-z]([-a-z0-9]{0,30}[a-z0-9])?$", var.environment))
    error_message = "The environment's name is part of others: lower-case letters, digits and dashes, 32 at most."
  }
}

variable "machine_type" {
  description = "Machine type of the instances"
  type        = string
  default     = "g1-small"
}

variable "tags" {
  description = "Network tags besides the one that the firewall rule is for"
  type        = list(string)
  default     = []
}

variable "labels" {
  description = "Labels besides `env`"
  type        = map(string)
  default     = {}
}

variable "instance_count" {
  description = "Number of instances"
  type        = number
  default     = 1

  validation {
    condition     = var.instance_count >= 0 && floor(var.instance_count) == var.instance_count
    error_message = "The number of instances is a whole number, 0 or more."
  }
}

variable "name_prefix" {
  description = "Beginning of the instances' names: <prefix>-<environment>-<number from 1>"
  type        = string
  default     = "instance"

  validation {
    condition     = can(regex("^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$", var.name_prefix))
    error_message = "The prefix begins a host name: lower-case letters, digits and dashes, 22 at most."
  }
}

variable "tcp_ports" {
  description = "TCP ports that are open to source_ranges; none: no rule is made"
  type        = list(number)
  default     = []

  validation {
    condition     = alltrue([for port in var.tcp_ports : port >= 1 && port <= 65535 && floor(port) == port])
    error_message = "A TCP port is a whole number from 1 to 65535."
  }
}

variable "source_ranges" {
  description = "Address ranges that tcp_ports are open to"
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for range in var.source_ranges : can(cidrhost(range, 0)) && !endswith(range, "/0")])
    error_message = "A range is written like 203.0.113.0/24; the whole internet is none."
  }
}

variable "public_address" {
  description = "Whether each instance gets a static address of its own that the internet reaches"
  type        = bool
  default     = false
}

variable "disk_kms_key" {
  description = "Self link of a key of Cloud KMS for the boot disks; null: Google's own keys"
  type        = string
  default     = null
}
