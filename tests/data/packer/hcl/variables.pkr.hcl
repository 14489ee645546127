variable "image" {
  type        = string
  description = "The image to begin with."
}

variable "tag" {
  type    = string
  default = "1.0"
}

variable "packages" {
  type = list(string)
}
