"""What changed between two documents of a scenario."""

from tests.unit.checkstand.scenario.example import BOOKS, document

from checkstand.scenario.differences import Change, differences

WX, ALI, BAL = BOOKS["methods"]


def test_the_same_document_has_not_changed():
    assert differences(document(), document()) == ()


def test_a_method_that_came_is_one_change_and_moves_nothing():
    before = document(methods=[WX, BAL])

    assert differences(before, document()) == (Change("added", "methods", "ali", after=ALI),)
    assert differences(document(), before) == (Change("removed", "methods", "ali", before=ALI),)


def test_methods_in_another_order_are_one_change():
    changes = differences(document(), document(methods=[BAL, WX, ALI]))

    assert changes == (Change("moved", "methods", before=["wx", "ali", "bal"], after=["bal", "wx", "ali"]),)


def test_what_changed_within_a_method_is_told_with_its_path():
    after = document(methods=[{**WX, "order": 5, "label": {"en": "WeChat"}}, ALI, BAL])

    assert differences(document(), after) == (
        Change("changed", "methods", "wx", "order", 10, 5),
        Change("added", "methods", "wx", "label", None, {"en": "WeChat"}),
    )


def test_limits_are_one_value_to_people():
    limits = {"currency": "CNY", "max": 5}

    assert differences(document(), document(amount_limits=limits)) == (
        Change("changed", "amount_limits", before=BOOKS["amount_limits"], after=limits),
    )


def test_words_of_a_list_come_and_go():
    before, after = document(terminals=["pc", "h5"]), document(terminals=["ios", "pc"])

    assert differences(before, after) == (
        Change("removed", "terminals", before="h5"),
        Change("added", "terminals", after="ios"),
    )


def test_a_part_can_come_go_and_be_of_another_kind():
    urls = {"return_url": "https://shop.example/"}

    assert differences(document(), document(urls=urls)) == (Change("added", "urls", after=urls),)
    assert differences(document(urls=urls), document()) == (Change("removed", "urls", before=urls),)
    assert [change.kind for change in differences(document(flow="x"), document(flow={"type": "instant"}))] == [
        "changed"
    ]


def test_a_false_that_stands_there_is_not_nothing():
    before, after = document(composite={"allow": False}), document(composite={"allow": True})

    assert differences(before, after) == (Change("changed", "composite", "", "allow", False, True),)
