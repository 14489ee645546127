# The bucket is made by the project-wide configuration; it is named when initialising:
# nox -s terraform -- init   (TF_STATE_BUCKET), or   terraform init -backend-config="bucket=NAME"
terraform {
  backend "gcs" {
    prefix = "stage"
  }
}
