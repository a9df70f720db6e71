//! All pieces together are the text; each is one block with the comments that a reader would say are its own.

use super::*;

/// The pieces, drawn with a rule between them.
fn drawn(text: &str) -> String {
    let pieces = Pieces::of(text).unwrap();
    let mut whole = pieces.head.to_owned();
    let mut drawn = format!("head\n{}", pieces.head);
    for Piece { line, column, text } in &pieces.blocks {
        whole.push_str(text);
        drawn.push_str(&format!("-- {line}:{column}\n{text}"));
    }
    assert_eq!(whole, text, "nothing is lost, nothing is added");
    drawn
}

const STORY: &str = "# Approvals of March.

# Anna, as agreed.
[[decision]]
request = \"1\" # one

[decision.guard]
user = \"ANNA\"
# kept on purpose

# Bob.

[[decision]]
request = \"2\"

# To approve, say how far it reaches.
# [decision.permit]
# scope = \"computer\"

  [[ 'resolve' ]] # found out
request = \"2\"

# a second paragraph about 2

# Carla
[[decision]]
request = '''
[[decision]]
# not a comment
'''
rules = [
  # neither
]
[[decision.permit.rules]]
hash = \"1\"
";

#[test]
fn comments_go_with_the_block_they_stand_by() {
    insta::assert_snapshot!(drawn(STORY), @r#"
    head
    # Approvals of March.

    -- 4:1
    # Anna, as agreed.
    [[decision]]
    request = "1" # one

    [decision.guard]
    user = "ANNA"
    # kept on purpose

    -- 13:1
    # Bob.

    [[decision]]
    request = "2"

    # To approve, say how far it reaches.
    # [decision.permit]
    # scope = "computer"

    -- 20:3
      [[ 'resolve' ]] # found out
    request = "2"

    # a second paragraph about 2

    -- 26:1
    # Carla
    [[decision]]
    request = '''
    [[decision]]
    # not a comment
    '''
    rules = [
      # neither
    ]
    [[decision.permit.rules]]
    hash = "1"
    "#);
}

#[test]
fn line_ends_and_marks_stay_as_they_are() {
    let text = format!("\u{feff}{}", STORY.replace('\n', "\r\n"));
    let pieces = Pieces::of(&text).unwrap();
    let plain = Pieces::of(STORY).unwrap();
    assert_eq!(pieces.blocks.len(), plain.blocks.len());
    for (with, without) in pieces.blocks.iter().zip(&plain.blocks) {
        assert_eq!(with.text, without.text.replace('\n', "\r\n"));
        assert_eq!((with.line, with.column), (without.line, without.column));
    }
    drawn(&text);
    let marked = Pieces::of("\u{feff}[[decision]]\nrequest = \"1\"").unwrap();
    assert_eq!(marked.head, "\u{feff}");
    assert_eq!(marked.blocks[0].text, "[[decision]]\nrequest = \"1\"");
}

#[test]
fn places_are_those_of_the_decisions() {
    let text = "# x\n\n[[decision]]\nqueue = \"helpdesk\"\nrequest = \"1\"\nverdict = \"undecided\"\n\t[[decision]]\nqueue = \"helpdesk\"\nrequest = \"2\"\nverdict = \"undecided\"\n";
    let queues = [crate::desired::bench::terms(
        "helpdesk",
        "https://one.example",
    )];
    let written = super::super::parse("d.toml", text, &queues, super::super::Keep::Nothing);
    let pieces = Pieces::of(text).unwrap();
    assert_eq!(written.desired.undecided.len(), 2);
    for (undecided, piece) in written.desired.undecided.iter().zip(&pieces.blocks) {
        assert!(piece.is_at(&undecided.from), "{piece:?}");
    }
}

#[test]
fn what_cannot_be_taken_apart_is_not() {
    for text in [
        // A table of the decision that stands below another block.
        "[[decision]]\nrequest = \"1\"\n[[resolve]]\nintent = 1\n[decision.guard]\nuser = \"A\"\n",
        "decision = [{ request = \"1\" }]\n",
        "[[decision]]\nrequest = \"1\n",
        "schema = 1\n[[decision]]\n",
    ] {
        assert_eq!(Pieces::of(text), None, "{text}");
    }
    for text in ["", "# only this\n", "\u{feff}"] {
        let pieces = Pieces::of(text).unwrap();
        assert_eq!((pieces.head, pieces.blocks.len()), (text, 0));
    }
}
