# What exists once in a project: the bucket with the environments' state, and the key that its operator logs in with.

resource "google_storage_bucket" "state" {
  name     = var.bucket_name
  location = var.region

  # The state names everything that there is: nobody gets at it but through IAM, and nothing of it is lost.
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  versioning {
    enabled = true
  }

  logging {
    log_bucket = google_storage_bucket.log.name
  }
}

resource "google_storage_bucket" "log" {
  #checkov:skip=CKV_GCP_62:this is where the access log goes; a log of the log has no end
  name     = var.log_bucket_name
  location = var.region

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = 90
    }
  }
}

data "google_client_openid_userinfo" "operator" {}

# Instances take keys from OS Login alone: it says who may log in, and forgets nobody who has left.
resource "google_os_login_ssh_public_key" "operator" {
  user = data.google_client_openid_userinfo.operator.email
  key  = file(pathexpand(var.public_key_path))
}
