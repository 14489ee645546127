# An image of a base with a few packages.
source "docker" "base" {
  image   = var.image
  commit  = true
  changes = ["LABEL org.opencontainers.image.version=${var.tag}"]
}

build {
  sources = ["source.docker.base"]

  provisioner "shell" {
    script           = "${path.root}/scripts/install.sh"
    environment_vars = ["PACKAGES=${join(" ", var.packages)}"]
  }

  provisioner "ansible" {
    command       = "/usr/local/bin/nobody-has-this"
    playbook_file = "${path.root}/../json/ansible/docker-host.yml"
  }

  post-processor "docker-tag" {
    repository = "example/base"
    tag        = [var.tag]
  }
}
