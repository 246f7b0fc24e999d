"""What Django or ninja answer by themselves, brought into the one shape of errors."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from gridmap.errors import answer


def one_shape(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Say in the one shape that an address of the API does not take a method."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == 405 and request.path.startswith("/api/"):
            said = answer(request, 405, "request.method", {})
            said["Allow"] = response.get("Allow", "")
            return said
        return response

    return middleware
