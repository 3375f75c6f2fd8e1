"""The HTTP boot door, with raw sockets where a client would be too polite."""

from __future__ import annotations

import http.client
import socket

from .running import RunningServer

CONFIG = "/001565aabb01.cfg"
AGENT = "Yealink SIP-T46S 66.86.0.15 00:15:65:aa:bb:01"


def ask(
    server: RunningServer, method: str, path: str, headers: dict[str, str] | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port("boot.http"), timeout=10)
    connection.request(method, path, headers={"User-Agent": AGENT, **(headers or {})})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def raw(server: RunningServer, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port("boot.http")), timeout=10) as connection:
        connection.sendall(data)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer


def test_the_same_documents_give_the_same_bytes_and_the_same_etag(demo: RunningServer) -> None:
    first, body = ask(demo, "GET", CONFIG)
    again, same = ask(demo, "GET", CONFIG)
    assert first.status == 200 and body == same and first.headers["ETag"] == again.headers["ETag"]


def test_a_phone_that_has_the_file_already_is_told_so(demo: RunningServer) -> None:
    first, _ = ask(demo, "GET", CONFIG)
    etag = first.headers["ETag"]
    for tags in (etag, f'"other", W/{etag}', "*"):
        response, body = ask(demo, "GET", CONFIG, {"If-None-Match": tags})
        assert (response.status, body) == (304, b"")
    response, _ = ask(demo, "GET", CONFIG, {"If-None-Match": '"other"'})
    assert response.status == 200


def test_head_says_what_get_would(demo: RunningServer) -> None:
    got, body = ask(demo, "GET", CONFIG)
    head, nothing = ask(demo, "HEAD", CONFIG)
    assert nothing == b"" and head.status == 200
    for name in ("Content-Length", "Content-Type", "ETag"):
        assert head.headers[name] == got.headers[name]
    assert int(head.headers["Content-Length"]) == len(body)


def test_folders_case_and_mac_writings_before_the_name_make_no_difference(demo: RunningServer) -> None:
    _, body = ask(demo, "GET", CONFIG)
    for path in ("/001565AABB01.CFG", "/some/folder/001565aabb01.cfg", "/00-15-65-aa-bb-01.cfg"):
        response, same = ask(demo, "GET", path)
        assert (response.status, same) == (200, body), path


def test_a_path_with_an_account_serves_that_accounts_phones_only(demo: RunningServer) -> None:
    response, body = ask(demo, "GET", "/p/default" + CONFIG)
    assert response.status == 200 and b"marie-desk" in body
    assert ask(demo, "GET", "/p/other" + CONFIG)[0].status == 404


def test_a_refusal_has_no_body_that_a_phone_could_take_for_a_config(demo: RunningServer) -> None:
    for path in ("/001565000099.cfg", "/favicon.ico", "/", "/t/guess/001565aabb01.cfg", "/..%2f..%2fetc/passwd"):
        response, body = ask(demo, "GET", path)
        assert (response.status, body) == (404, b""), path


def test_a_phone_whose_user_agent_names_another_mac_gets_nothing(demo: RunningServer) -> None:
    response, body = ask(demo, "GET", CONFIG, {"User-Agent": "Yealink SIP-T46S 66.86.0.15 00:15:65:aa:bb:03"})
    assert (response.status, body) == (404, b"")


def test_a_phone_of_another_vendor_than_the_registered_one_gets_nothing(demo: RunningServer) -> None:
    agent = "Grandstream Model HW GXP2170 SW 1.0.11.85 DevId 001565aabb01"
    response, _ = ask(demo, "GET", CONFIG, {"User-Agent": agent})
    assert response.status == 404
    assert "registered as yealink/T46S but a grandstream phone asks" in demo.run("why", "001565aabb01").stdout


def test_other_methods_are_refused(demo: RunningServer) -> None:
    for method in ("POST", "DELETE"):
        assert ask(demo, method, CONFIG)[0].status == 405


def test_a_phone_cannot_send_its_own_config(demo: RunningServer) -> None:
    _, before = ask(demo, "GET", CONFIG)
    assert ask(demo, "PUT", CONFIG)[0].status == 404
    assert ask(demo, "GET", CONFIG)[1] == before


def test_a_nine_kilobyte_path_is_refused_and_the_server_goes_on(demo: RunningServer) -> None:
    answer = raw(demo, b"GET /" + b"a" * 9000 + b".cfg HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 4") or answer.startswith(b"HTTP/1.0 4")
    assert ask(demo, "GET", CONFIG)[0].status == 200


def test_a_user_agent_that_is_not_utf_8_is_answered(demo: RunningServer) -> None:
    request = b"GET /001565aabb01.cfg HTTP/1.1\r\nHost: x\r\nUser-Agent: \xff\xfe\x80phone\r\nConnection: close\r\n\r\n"
    assert raw(demo, request).startswith(b"HTTP/1.1 200")
    demo.run("why", "001565aabb01")


def test_garbage_is_refused_and_the_server_goes_on(demo: RunningServer) -> None:
    raw(demo, bytes(range(256)) * 8 + b"\r\n\r\n")
    assert ask(demo, "GET", CONFIG)[0].status == 200
