variable "project" {
  description = "Id of the Google Cloud project"
  type        = string
}

variable "region" {
  description = "Region of the state bucket"
  type        = string
  default     = "europe-west1"
}

variable "bucket_name" {
  description = "Name of the bucket that keeps the state of the environments; unique in all of Google Cloud"
  type        = string
}

variable "log_bucket_name" {
  description = "Name of the bucket that keeps the access log of the state bucket"
  type        = string
}

variable "public_key_path" {
  description = "Path of the public SSH key that whoever applies this logs in with (OS Login)"
  type        = string
  default     = "~/.ssh/id_ed25519.pub"
}
